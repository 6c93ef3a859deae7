"""The model client over real sockets: what it sends, streams and returns."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from loguru import logger

from tests.support.model_server import ModelServer, Reply
from tzurot.llm import (
    ChatMessage,
    ChatRequest,
    Done,
    ErrorKind,
    ModelClient,
    ModelError,
    ReasoningDelta,
    TextDelta,
    Usage,
    api_key,
)

KEY = "sk-or-v1-0123456789abcdef"
SECRET = api_key(KEY)
REQUEST = ChatRequest(model="acme/one", messages=(ChatMessage("user", "Hi."),), max_tokens=100)


async def test_a_reply_streams_in_order(server: ModelServer, client: ModelClient) -> None:
    server.enqueue(Reply(reasoning=["hm"], chunks=["One", " two", " three."], model="acme/two"))
    *deltas, last = [event async for event in client.stream(REQUEST)]
    assert deltas == [
        ReasoningDelta("hm"),
        TextDelta("One"),
        TextDelta(" two"),
        TextDelta(" three."),
    ]
    assert isinstance(last, Done)
    result = last.result
    assert (result.text, result.reasoning) == ("One two three.", "hm")
    assert (result.model, result.generation_id) == ("acme/two", "gen-1")
    assert result.finish_reason == "stop"
    assert result.usage == Usage(prompt_tokens=12, completion_tokens=3)
    assert result.timings.attempts == 1
    assert 0 < result.timings.first_text <= result.timings.total


async def test_text_arrives_while_the_model_still_writes(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(Reply(chunks=["One", " two"], hang_after=1))
    async with aclosing(client.stream(REQUEST)) as events:
        assert await anext(events) == TextDelta("One")
        assert server.active == 1


async def test_what_is_sent(server: ModelServer, connect: Callable[..., ModelClient]) -> None:
    message = ChatMessage("user", 'Grüße 🙂 "quoted"\n\udc00')
    request = ChatRequest(model="acme/one", messages=(message,), max_tokens=7, user="hash")
    await connect().complete(request, api_key(f" {KEY}\n"))
    await connect().complete(request)
    with_key, without = server.requests
    assert with_key.body == {
        "model": "acme/one",
        "messages": [{"role": "user", "content": 'Grüße 🙂 "quoted"\n?'}],
        "max_tokens": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert with_key.headers["Authorization"] == f"Bearer {KEY}"
    assert with_key.headers["Accept"] == "text/event-stream"
    assert "Authorization" not in without.headers


async def test_a_connection_is_used_again(server: ModelServer, client: ModelClient) -> None:
    for _ in range(5):
        await client.complete(REQUEST)
    assert server.connections == 1


async def test_500_streams_at_once(server: ModelServer, client: ModelClient) -> None:
    server.gate.clear()
    tasks = [asyncio.create_task(client.complete(REQUEST)) for _ in range(500)]
    await server.until(lambda: server.active == 500, patience=90)
    server.gate.set()
    results = await asyncio.gather(*tasks)
    assert {result.text for result in results} == {"Hello there."}
    assert {result.timings.attempts for result in results} == {1}
    assert len(server.requests) == 500


async def test_cancelling_closes_the_stream(server: ModelServer, client: ModelClient) -> None:
    server.default = Reply(hang_after=1)
    task = asyncio.create_task(client.complete(REQUEST))
    await server.until(lambda: server.active == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.until(lambda: server.aborted == 1)
    assert server.active == 0
    assert len(server.requests) == 1


async def test_cancelling_ends_the_wait_between_attempts(
    server: ModelServer, connect: Callable[..., ModelClient]
) -> None:
    server.default = Reply.failure(429, headers={"Retry-After": "20"})
    task = asyncio.create_task(connect().complete(REQUEST))
    await server.until(lambda: len(server.requests) == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)


async def test_who_stops_listening_closes_the_stream(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = Reply(chunks=["One", " two"], hang_after=1)
    async with aclosing(client.stream(REQUEST)) as events:
        async for _ in events:
            break
    await server.until(lambda: server.aborted == 1)
    assert len(server.requests) == 1


async def test_a_server_that_does_not_stream(server: ModelServer, client: ModelClient) -> None:
    choice = {"message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    completion = json.dumps({"model": "acme/one", "choices": [choice]})
    server.enqueue(Reply(body="\n" * 50 + completion))  # kept alive with blank lines
    assert (await client.complete(REQUEST)).text == "Hi."


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Return a function that returns all that was logged, by us and by libraries."""
    lines: list[str] = []
    caplog.set_level(logging.DEBUG)
    number = logger.add(lines.append, level="TRACE", diagnose=True)
    yield lambda: "".join(lines) + caplog.text
    logger.remove(number)


async def test_the_key_is_in_no_log_and_no_error(
    server: ModelServer, connect: Callable[..., ModelClient], log: Callable[[], str]
) -> None:
    echo = f"the key {KEY} is bad"
    server.enqueue(
        Reply.failure(502, echo, metadata={"raw": json.dumps({"error": {"message": echo}})}),
        Reply(error={"code": 500, "message": echo}, chunks=[]),
        Reply.failure(401, echo),
    )
    with pytest.raises(ModelError) as caught:
        await connect().complete(REQUEST, SECRET)
    assert len(server.requests) == 3
    assert caught.value.kind is ErrorKind.AUTHENTICATION
    logger.opt(exception=caught.value).error("the turn failed")
    assert "bad" in log()
    for text in (log(), str(caught.value), repr(caught.value), caught.value.sentence):
        assert KEY not in text


async def test_it_is_counted_which_stop_ended_a_reply(
    server: ModelServer, client: ModelClient
) -> None:
    stops = ("\nAda:", "\nBen:", "END")
    request = replace(REQUEST, parameters={"stop": stops})
    server.enqueue(
        Reply(chunks=["One.", "\nAda", ": Two"]),  # found here, in a reply that went on
        Reply(choice={"stop_reason": "\nBen:"}),  # told as by vLLM
        Reply(choice={"matched_stop": "\nBen:"}),  # by SGLang
        Reply(choice={"stop_reason": 128009}),  # a token
        Reply(choice={"stop_reason": "stop"}),  # none of ours
        Reply(choice={"stop_reason": "END", "finish_reason": "stop"}, chunks=["Ext", "END"]),
        Reply(),
    )
    for _ in range(7):
        await client.complete(request)
    assert client.stop_counts.by_model() == {"acme/one": {"\nBen:": 2, "\nAda:": 1, "END": 1}}
