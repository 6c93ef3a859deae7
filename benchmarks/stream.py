"""How much the model client can read: chunks a second from memory, and 500 streams at once."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Final

import psutil

from tzurot.llm import ChatMessage, ChatRequest, ModelClient, Patience, Service, Transport
from tzurot.llm.reply import ReplyBuilder
from tzurot.llm.sse import SseSplitter

CHUNKS: Final = 20_000
RUNS: Final = 7
PACKET: Final = 1400
"""Bytes that come at once, as from a network."""
STREAMS: Final = 500
WORDS: Final = "Of course. Tell me more about the house by the sea, and who lived in it. " * 3


def recorded() -> bytes:
    """Return a stream as OpenRouter sends it: thinking in the text first, then the reply."""
    events = []
    for number in range(CHUNKS):
        text = f"word{number % 97} "
        if number == 0:
            text = "<think>"
        elif number == CHUNKS // 4:
            text = "</think>"
        delta = {"role": "assistant", "content": text}
        chunk = {
            "id": "gen-1700000000-abcdefghijklmnopqrst",
            "provider": "Somebody",
            "model": "acme/one",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "choices": [
                {"index": 0, "delta": delta, "finish_reason": None, "native_finish_reason": None}
            ],
        }
        events.append(f"data: {json.dumps(chunk)}\n\n")
    finish = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}
    events.append(f"data: {json.dumps(finish)}\n\ndata: [DONE]\n\n")
    return "".join(events).encode()


def read(stream: bytes) -> float:
    """Return how many seconds it takes to make a reply of a stream."""
    begun = time.perf_counter()
    splitter, builder = SseSplitter(), ReplyBuilder()
    for start in range(0, len(stream), PACKET):
        for payload in splitter.feed(stream[start : start + PACKET]):
            builder.feed(payload)
    builder.close()
    seconds = time.perf_counter() - begun
    assert builder.result().text.startswith("word")
    assert builder.result().reasoning.startswith("word")
    return seconds


async def at_once(url: str) -> tuple[float, float]:
    """Return the seconds that so many streams took together, and the memory of this process."""
    transport = Transport(Service.at(url))
    client = ModelClient(transport, patience=Patience(attempts=1))
    request = ChatRequest(model="m", messages=(ChatMessage("user", "Hi."),), max_tokens=400)
    begun = time.perf_counter()
    results = await asyncio.gather(*(client.complete(request) for _ in range(STREAMS)))
    seconds = time.perf_counter() - begun
    assert all(result.text == WORDS.strip() for result in results)
    rss = psutil.Process().memory_info().rss / 2**20
    await transport.aclose()
    return seconds, rss


async def run() -> dict[str, float]:
    """Measure."""
    stream = recorded()
    seconds = [read(stream) for _ in range(RUNS)]
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.model_server", "--text", WORDS.strip()),
        *("--chunk-delay", "0.02"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    assert server.stdout is not None
    try:
        url = json.loads(await server.stdout.readline())["url"]
        together, rss = await at_once(url)
    finally:
        server.terminate()
        await server.wait()
    return {
        "sse_chunks_per_s": CHUNKS / statistics.median(seconds),
        "streams_500_s": together,
        "streams_500_rss_mb": rss,
    }
