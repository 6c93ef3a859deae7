"""When one model cannot answer another does, it is said so, and everything is accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from tests.support.model_server import ModelServer, Reply
from tzurot.llm import (
    Attempt,
    ChatMessage,
    ChatRequest,
    ErrorKind,
    ModelClient,
    ModelError,
    Patience,
    Service,
    TextDelta,
    Transport,
    Usage,
    api_key,
)
from tzurot.llm.capabilities import Abilities, CapabilitiesInMemory
from tzurot.llm.free_quota import PER_MINUTE
from tzurot.settings import ServerKind

Connect = Callable[..., ModelClient]
REQUEST = ChatRequest(
    model="acme/one",
    messages=(ChatMessage("user", "Hi."),),
    max_tokens=100,
    fallbacks=("acme/two", "acme/three"),
)
K = ErrorKind


def per_model(server: ModelServer, **replies: Reply) -> None:
    server.default = lambda body: replies.get(body["model"].removeprefix("acme/"), Reply())


def models(server: ModelServer) -> list[str]:
    return [request.body["model"].removeprefix("acme/") for request in server.requests]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply.failure(429, headers={"Retry-After": "600"}), id="rate limit"),
        pytest.param(
            Reply.failure(429, "Rate limit exceeded: free-models-per-day"), id="quota of the day"
        ),
        pytest.param(Reply.failure(502), id="down"),
        pytest.param(Reply.failure(404, "No endpoints found for acme/one."), id="gone"),
        pytest.param(Reply(chunks=[" "]), id="empty twice"),
    ],
)
async def test_the_next_model_answers_and_the_result_says_so(
    server: ModelServer, client: ModelClient, reply: Reply
) -> None:
    per_model(server, one=reply)
    result = await client.complete(REQUEST)
    assert result.text == "Hello there."
    assert (result.requested_model, result.model) == ("acme/one", "acme/two")
    assert "acme/one" in result.why_fallback
    assert set(models(server)[:-1]) == {"one"}
    assert len(server.requests) <= 4


async def test_the_next_person_does_not_pay_the_wait(
    server: ModelServer, client: ModelClient
) -> None:
    per_model(server, one=Reply.failure(429, headers={"Retry-After": "600"}))
    await client.complete(REQUEST)
    result = await client.complete(REQUEST)
    assert models(server) == ["one", "two", "two"]
    assert result.requested_model == "acme/one"
    assert result.why_fallback


async def test_another_key_is_another_account(server: ModelServer, client: ModelClient) -> None:
    """A person who brings a fresh key is not held back by what another key used up."""
    broke = Reply.failure(402, "Insufficient credits")
    server.default = broke
    # Of keys that begin alike, too.
    first, second = (api_key(f"sk-or-v1-aaaaaaaaaa{end}") for end in "12")
    with pytest.raises(ModelError):
        await client.complete(REQUEST, first)
    before = len(server.requests)
    with pytest.raises(ModelError):
        await client.complete(REQUEST, first)
    # Only the last one is asked whether there is credit by now.
    assert models(server)[before:] == ["three"]
    server.default = Reply()
    assert (await client.complete(REQUEST, second)).model == "acme/one"


async def test_when_no_model_answers_the_last_reason_is_told(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = Reply.failure(429, headers={"Retry-After": "600"})
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    assert caught.value.kind is K.RATE_LIMITED
    assert models(server) == ["one", "two", "three"]
    assert [attempt.failure for attempt in caught.value.attempts] == [K.RATE_LIMITED] * 3


async def test_what_all_models_would_refuse_is_not_carried_from_one_to_the_next(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = Reply.failure(401, "User not found.")
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    assert caught.value.kind is K.AUTHENTICATION
    assert models(server) == ["one"]


async def test_requests_are_counted_over_all_models(server: ModelServer, connect: Connect) -> None:
    server.default = Reply.failure(502)
    with pytest.raises(ModelError):
        await connect(attempts=4).complete(REQUEST)
    assert len(server.requests) == 4


async def test_the_next_model_gets_the_request_as_it_was(
    server: ModelServer, client: ModelClient
) -> None:
    refusal = Reply.failure(400, "`temperature` is deprecated for this model.")
    per_model(server, one=refusal)
    server.enqueue(refusal, Reply.failure(404, "No endpoints found for acme/one."))
    request = ChatRequest(
        model="acme/one",
        messages=REQUEST.messages,
        max_tokens=100,
        fallbacks=("acme/two",),
        parameters={"temperature": 1},
    )
    await client.complete(request)
    assert ["temperature" in one.body for one in server.requests] == [True, False, True]


async def test_failed_repaired_and_cancelled_requests_are_accounted_for(
    server: ModelServer, connect: Connect
) -> None:
    told: list[Attempt] = []
    client = connect(on_attempt=told.append)
    used = {"prompt_tokens": 9, "completion_tokens": 2, "cost": 0.5}
    server.enqueue(
        Reply(chunks=["<think>Hello."], usage=used, model="acme/one-0914"),
        Reply(chunks=["Hi."], usage=used),
    )
    result = await client.complete(REQUEST)
    assert tuple(told) == result.attempts
    first, second = told
    assert (first.failure, first.served_model) == (K.EMPTY, "acme/one-0914")
    assert first.usage == second.usage == Usage(prompt_tokens=9, completion_tokens=2, cost=0.5)
    assert (first.repair, bool(second.repair)) == ("", True)
    assert first.generation_id
    assert first.seconds > 0
    told.clear()
    server.default = Reply(chunks=["One", " two"], hang_after=1)
    async with aclosing(client.stream(REQUEST)) as events:
        assert await anext(events) == TextDelta("One")
    assert [(one.failure, one.first_text is None) for one in told] == [(K.CANCELLED, False)]


async def test_each_model_that_failed_is_told_of(server: ModelServer, client: ModelClient) -> None:
    gone = Reply.failure(404, "No endpoints found for this model.")
    per_model(server, one=gone, two=Reply.failure(402, "Insufficient credits"))
    result = await client.complete(REQUEST)
    assert result.model == "acme/three"
    assert "acme/one: " in result.why_fallback
    assert "acme/two: " in result.why_fallback


class _SlowStore(CapabilitiesInMemory):
    async def abilities(self, model: str) -> Abilities:
        await asyncio.sleep(0.01)
        return await super().abilities(model)


async def test_people_who_ask_at_once_do_not_overrun_the_limit_of_free_models(
    server: ModelServer,
) -> None:
    transport = Transport(Service.at(server.url, ServerKind.OPENROUTER))
    client = ModelClient(transport, patience=Patience(longest_wait=0), capabilities=_SlowStore())
    alone = ChatRequest(model="acme/one:free", messages=REQUEST.messages, max_tokens=100)
    asked = [client.complete(alone) for _ in range(PER_MINUTE + 5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    await transport.aclose()
    assert len(server.requests) == PER_MINUTE
    assert sum(isinstance(result, ModelError) for result in results) == 5


async def test_a_short_limit_is_waited_for_where_there_is_no_other_model(
    server: ModelServer, client: ModelClient
) -> None:
    alone = ChatRequest(model="acme/one", messages=REQUEST.messages, max_tokens=100)
    server.enqueue(Reply.failure(429, headers={"Retry-After": "1"}))
    results = await asyncio.gather(client.complete(alone), client.complete(alone))
    assert {result.text for result in results} == {"Hello there."}
