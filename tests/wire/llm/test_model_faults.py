"""The model client against a service that fails in every way seen in the wild."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.support.model_server import ModelServer, Reply
from tzurot.llm import (
    ChatMessage,
    ChatRequest,
    Done,
    ErrorKind,
    ModelClient,
    ModelError,
    Service,
    TextDelta,
    TextDiscarded,
    Transport,
)

Connect = Callable[..., ModelClient]
K = ErrorKind
REQUEST = ChatRequest(model="acme/one", messages=(ChatMessage("user", "Hi."),), max_tokens=100)
FINISH = b'data: {"choices": [{"delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\n'


async def failure(client: ModelClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    return caught.value


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(Reply.failure(429), id="429"),
        pytest.param(Reply.failure(408), id="408"),
        pytest.param(Reply.failure(500), id="500"),
        pytest.param(Reply.failure(502), id="502"),
        pytest.param(Reply.failure(503), id="503"),
        pytest.param(Reply.failure(504), id="504"),
        pytest.param(Reply(status=520, body="<html><title>520</title>"), id="Cloudflare 520"),
        pytest.param(Reply(status=524, body="<html><title>524</title>"), id="Cloudflare 524"),
        pytest.param(Reply.failure(529), id="529"),
        pytest.param(Reply(cut_after=-1), id="cut before the headers"),
        pytest.param(Reply(cut_after=0), id="cut before the text"),
        pytest.param(Reply(reasoning=["hm"], cut_after=0), id="cut while thinking"),
        pytest.param(Reply(chunks=[], error={"code": 502}), id="error before the text"),
        pytest.param(Reply(body={"error": {"code": 502}}), id="200 with an error"),
        pytest.param(Reply(body="\n\n."), id="200 with garbage"),
        pytest.param(Reply(body=b""), id="200 with nothing"),
        pytest.param(Reply(raw=[b"data: {broken\n\n"]), id="a broken event"),
        pytest.param(Reply(chunks=[], finish_reason=None, done=False), id="the end at once"),
        pytest.param(Reply(chunks=[" ", "\n"]), id="a blank reply"),
        pytest.param(
            Reply(raw=[FINISH], headers={"Content-Encoding": "gzip"}), id="a broken compression"
        ),
    ],
)
async def test_a_passing_failure_is_tried_again(
    server: ModelServer, client: ModelClient, first: Reply
) -> None:
    server.enqueue(first)
    result = await client.complete(REQUEST)
    assert result.text == "Hello there."
    assert result.reasoning == ""
    assert result.timings.attempts == 2
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, K.BAD_PARAMETER),
        (401, K.AUTHENTICATION),
        (402, K.NO_CREDIT),
        (403, K.AUTHENTICATION),
        (404, K.MODEL_GONE),
        (413, K.CONTEXT_TOO_LONG),
        (422, K.BAD_PARAMETER),
    ],
)
async def test_a_lasting_failure_is_not(
    server: ModelServer, client: ModelClient, status: int, kind: ErrorKind
) -> None:
    server.default = Reply.failure(status)
    error = await failure(client)
    assert (error.kind, error.status) == (kind, status)
    assert len(server.requests) == 1


async def test_attempts_come_to_an_end(server: ModelServer, connect: Connect) -> None:
    server.default = Reply.failure(502)
    error = await failure(connect(attempts=2))
    assert error.kind is K.PROVIDER_DOWN
    assert error.partial == ""
    assert len(server.requests) == 2


async def test_retry_after_is_kept(server: ModelServer, client: ModelClient) -> None:
    server.enqueue(Reply.failure(429, headers={"Retry-After": "1"}))
    server.enqueue(Reply.failure(503, availability={"retry_after": 0.5, "retryable": True}))
    await client.complete(REQUEST)
    arrivals = [request.at for request in server.requests]
    first, second = (later - earlier for earlier, later in pairwise(arrivals))
    assert first >= 1
    assert second >= 0.5


async def test_a_limit_without_a_time_is_tried_soon_again(
    server: ModelServer, connect: Connect
) -> None:
    """How long others wait for a model is our guess: it is not waited out without a question."""
    client = connect()
    server.enqueue(*[Reply.failure(429)] * 3)
    async with asyncio.timeout(5):
        error = await failure(client)
        assert error.kind is K.RATE_LIMITED
        assert (await client.complete(REQUEST)).text == "Hello there."
    assert len(server.requests) == 4


async def test_a_long_retry_after_is_told_and_not_waited_for(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = Reply.failure(429, headers={"Retry-After": "1200"})
    error = await failure(client)
    assert (error.kind, error.retry_after) == (K.RATE_LIMITED, 1200)
    assert "in 20 minutes" in error.sentence
    assert len(server.requests) == 1


async def test_how_long_is_too_long_can_be_set(server: ModelServer, connect: Connect) -> None:
    server.enqueue(Reply.failure(429, headers={"Retry-After": "1"}))
    error = await failure(connect(longest_wait=0.5))
    assert error.retry_after == 1


async def test_no_attempt_begins_after_the_whole_time(
    server: ModelServer, connect: Connect
) -> None:
    server.default = Reply.failure(429, headers={"Retry-After": "5"})
    start = time.monotonic()
    await failure(connect(whole=2))
    assert len(server.requests) == 1
    assert time.monotonic() - start < 4


@pytest.mark.parametrize(
    ("reply", "kind", "partial"),
    [
        (Reply(chunks=["One", " two"], cut_after=2), K.TRUNCATED, "One two"),
        (Reply(chunks=["One"], finish_reason=None, done=False), K.TRUNCATED, "One"),
        (Reply(chunks=["One"], error={"code": 429, "message": "x"}), K.RATE_LIMITED, "One"),
        (Reply(chunks=["One"], error={"code": "server_error"}), K.PROVIDER_DOWN, "One"),
        (Reply(chunks=["One", " two"], hang_after=1), K.TIMEOUT, "One"),
    ],
)
async def test_a_stream_that_breaks_after_text_is_begun_anew(
    server: ModelServer, connect: Connect, reply: Reply, kind: ErrorKind, partial: str
) -> None:
    server.enqueue(reply)
    events = [event async for event in connect(silence=0.3).stream(REQUEST)]
    assert TextDiscarded() in events
    kept = events[events.index(TextDiscarded()) + 1 :]
    text = "".join(event.text for event in kept if isinstance(event, TextDelta))
    assert text == "Hello there."
    done = kept[-1]
    assert isinstance(done, Done)
    assert [attempt.failure for attempt in done.result.attempts] == [kind, None]
    # And when it never gets whole, that is said.
    server.default = reply
    error = await failure(connect(silence=0.3, attempts=2))
    assert (error.kind, error.partial) == (kind, partial)


async def test_what_was_said_in_whole_sentences_is_better_than_nothing(
    server: ModelServer, connect: Connect
) -> None:
    server.default = Reply(chunks=["I was there.", " And th"], cut_after=2)
    result = await connect(attempts=2).complete(REQUEST)
    assert (result.text, result.finish_reason) == ("I was there.", "cut")
    assert len(server.requests) == 2


async def test_a_stream_without_an_end_after_a_whole_sentence_is_a_reply(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(Reply(chunks=["I was", " there."], finish_reason=None, done=False))
    result = await client.complete(REQUEST)
    assert (result.text, result.finish_reason) == ("I was there.", "cut")
    assert len(server.requests) == 1


async def test_keep_alives_do_not_keep_the_client_waiting(
    server: ModelServer, connect: Connect
) -> None:
    server.default = Reply(keep_alives=-1, keep_alive_delay=0.02)
    error = await failure(connect(silence=0.3, attempts=2))
    assert error.kind is K.TIMEOUT
    assert len(server.requests) == 2
    await server.until(lambda: server.aborted == 2)


async def test_keep_alives_before_a_reply_do_no_harm(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(Reply(keep_alives=5, keep_alive_delay=0.01))
    assert (await client.complete(REQUEST)).text == "Hello there."


async def test_a_server_that_says_nothing(server: ModelServer, connect: Connect) -> None:
    server.default = Reply(first_delay=60)
    error = await failure(connect(silence=0.2, attempts=1))
    assert error.kind is K.TIMEOUT


async def test_an_error_whose_body_never_ends(server: ModelServer, connect: Connect) -> None:
    server.default = Reply(status=401, raw=[b'{"error": '], hang_after=1)
    error = await failure(connect(silence=0.3))
    assert error.kind is K.AUTHENTICATION


async def test_a_reply_that_drips_for_ever_ends_with_the_whole_time(
    server: ModelServer, connect: Connect
) -> None:
    server.default = Reply(chunks=["drip "] * 10_000, chunk_delay=0.05)
    error = await failure(connect(silence=30, whole=3))
    assert error.kind is K.TIMEOUT
    assert error.partial.startswith("drip")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(raw=[FINISH]), id="no [DONE]"),
        pytest.param(Reply(raw=[FINISH.strip()]), id="no end of the last event"),
        pytest.param(Reply(raw=[FINISH], hang_after=1), id="never closed"),
        pytest.param(Reply(raw=[FINISH], cut_after=1), id="cut after the finish"),
        pytest.param(Reply(raw=[FINISH, b'data: {"error": "late"}\n\n']), id="a late error"),
        pytest.param(Reply(raw=[FINISH.replace(b"\n", b"\r\n")]), id="CRLF"),
        pytest.param(Reply(raw=[b"\xef\xbb\xbf", b":\n\n", FINISH]), id="BOM and comment"),
        pytest.param(
            Reply(raw=[FINISH, FINISH.replace(b"Hi.", b""), b"data: [DONE]\n\n"]), id="two ends"
        ),
        pytest.param(
            Reply(raw=[bytes([byte]) for byte in FINISH], chunk_delay=0.001), id="byte by byte"
        ),
        pytest.param(
            Reply(chunks=["Hi."], headers={"Content-Type": "text/html"}), id="a wrong type"
        ),
        pytest.param(Reply(chunks=["Hi."], finish_reason=None), id="[DONE] without a reason"),
        pytest.param(Reply(chunks=["Hi."], usage=None), id="no usage"),
    ],
)
async def test_a_whole_reply_in_odd_clothes(
    server: ModelServer, connect: Connect, reply: Reply
) -> None:
    server.enqueue(reply)
    async with asyncio.timeout(20):
        result = await connect(farewell=0.2).complete(REQUEST)
    assert (result.text, result.finish_reason) == ("Hi.", "stop")
    assert len(server.requests) == 1


async def test_other_endpoints_are_not_asked_again_before_they_want_to_be(
    server: ModelServer,
) -> None:
    transport = Transport(Service.at(server.url))
    server.enqueue(Reply.failure(429, headers={"Retry-After": "9"}), path="/models")
    server.enqueue(Reply.failure(503, headers={"Retry-After": "1"}), path="/models")
    with pytest.raises(ModelError) as caught:
        await transport.ask("GET", "/models", patience_s=5)
    assert caught.value.kind is K.RATE_LIMITED
    await transport.ask("GET", "/models", patience_s=15)
    await transport.aclose()
    assert len(server.calls) == 3
    assert server.calls[2].at - server.calls[1].at >= 1


async def test_nobody_listens(connect: Connect) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        error = await failure(connect(url=url))
    assert error.kind is K.UNREACHABLE
    assert "cannot be reached" in error.sentence


async def test_a_server_that_came_back(connect: Connect) -> None:
    async with ModelServer() as first:
        url = first.url
        client = connect(url=url)
        await client.complete(REQUEST)
    async with ModelServer(port=int(url.split(":")[2].split("/")[0])) as second:
        assert (await client.complete(REQUEST)).text == "Hello there."
        assert len(second.requests) == 1
