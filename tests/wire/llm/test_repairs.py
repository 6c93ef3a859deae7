"""A request that a model cannot take is changed until it can, and what was learned is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.model_server import ModelServer, Reply
from tzurot.llm import ChatMessage, ChatRequest, ErrorKind, ModelClient, ModelError
from tzurot.llm.capabilities import CapabilitiesInMemory
from tzurot.llm.messages import Image

Connect = Callable[..., ModelClient]
REQUEST = ChatRequest(model="acme/one", messages=(ChatMessage("user", "Hi."),), max_tokens=100)
MANDATORY = Reply.failure(400, "Reasoning is mandatory for this endpoint and cannot be disabled.")
UNCLOSED = Reply.text("<think>Come in, Ada. Tea is ready.")


def bodies(server: ModelServer) -> list[dict[str, Any]]:
    return [request.body for request in server.requests]


def asked_not_to_think(body: dict[str, Any]) -> bool:
    return body.get("reasoning_effort") == "none"


async def test_glm_45_air_never_closes_its_tag_and_does_with_thinking_off(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(UNCLOSED, Reply.text("Come in."))
    result = await client.complete(REQUEST)
    assert result.text == "Come in."
    assert [asked_not_to_think(body) for body in bodies(server)] == [False, True]
    assert [attempt.failure for attempt in result.attempts] == [ErrorKind.EMPTY, None]
    assert result.attempts[1].repair


async def test_glm_45_air_never_closes_its_tag_not_even_with_thinking_off(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = UNCLOSED
    result = await client.complete(REQUEST)
    assert result.text == "Come in, Ada. Tea is ready."
    assert result.finish_reason == "stop"
    assert len(server.requests) <= 3


async def test_glm_45_air_never_closes_its_tag_and_its_provider_insists_on_thinking(
    server: ModelServer, client: ModelClient
) -> None:
    """The reply that came is given, without its tag; it is neither lost nor asked for for ever."""
    server.default = lambda body: MANDATORY if asked_not_to_think(body) else UNCLOSED
    result = await client.complete(REQUEST)
    assert result.text == "Come in, Ada. Tea is ready."
    assert "<think" not in result.text
    assert len(server.requests) <= 4


async def test_glm_45_air_never_closes_its_tag_and_then_its_provider_is_down(
    server: ModelServer, connect: Connect
) -> None:
    server.enqueue(UNCLOSED)
    server.default = Reply.failure(400, "Provider returned error")
    result = await connect().complete(REQUEST)
    assert result.text == "Come in, Ada. Tea is ready."


async def test_a_fragment_is_no_better_than_the_whole_reply_that_came_before(
    server: ModelServer, connect: Connect
) -> None:
    server.enqueue(UNCLOSED)
    server.default = Reply(chunks=["Come.", " In th"], cut_after=2)
    result = await connect(attempts=2).complete(REQUEST)
    assert result.text == "Come in, Ada. Tea is ready."


async def test_an_unclosed_tag_cut_by_the_limit_is_all_thinking(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(
        Reply(chunks=["<think>I should ", "say that"], finish_reason="length"),
        Reply.text("Come in."),
    )
    result = await client.complete(REQUEST)
    assert result.text == "Come in."
    assert "should" not in result.text
    server.default = Reply(chunks=["<think>I should ", "say that"], finish_reason="length")
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    assert caught.value.kind is ErrorKind.EMPTY


async def test_thinking_that_ate_the_limit_is_switched_off(
    server: ModelServer, client: ModelClient
) -> None:
    server.enqueue(Reply(reasoning=["hm " * 50], chunks=[], finish_reason="length"))
    assert (await client.complete(REQUEST)).text == "Hello there."
    assert asked_not_to_think(bodies(server)[1])


async def test_thinking_that_ate_the_limit_and_is_mandatory_gets_more_room(
    server: ModelServer, client: ModelClient
) -> None:
    ate = Reply(reasoning=["hm " * 50], chunks=[], finish_reason="length")

    def answer(body: dict[str, Any]) -> Reply:
        if asked_not_to_think(body):
            return MANDATORY
        return ate if body["max_tokens"] <= 100 else Reply.text("Come in.")

    server.default = answer
    request = ChatRequest(**{**_fields(REQUEST), "parameters": {"reasoning_effort": "none"}})
    assert (await client.complete(request)).text == "Come in."
    assert [body["max_tokens"] for body in bodies(server)] == [100, 100, 400]


async def test_an_answer_that_was_all_taken_for_thinking_is_asked_for_without(
    server: ModelServer, client: ModelClient
) -> None:
    filed = Reply(reasoning=["Come in, Ada. Tea is ready."], chunks=[])
    server.enqueue(filed, Reply.text("Come in."))
    assert (await client.complete(REQUEST)).text == "Come in."
    server.default = filed
    assert (await client.complete(REQUEST)).text == "Come in, Ada. Tea is ready."


async def test_planning_that_was_all_that_came_is_no_reply(
    server: ModelServer, client: ModelClient
) -> None:
    planning = (
        "Okay, the user wants me to greet Ada. I need to stay in character as Juniper. "
        "Let me think about the response. First, I should mention the tea."
    )
    server.default = Reply(reasoning=[planning], chunks=[])
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    assert caught.value.kind is ErrorKind.EMPTY


async def test_a_picture_that_a_model_cannot_see_is_told_in_words_and_never_sent_again(
    server: ModelServer, client: ModelClient
) -> None:
    blind = Reply.failure(404, "No endpoints found that support image input")
    server.default = lambda body: blind if "image_url" in str(body) else Reply.text("A boat!")
    picture = Image("data:image/png;base64,AAAA", alt="a red boat")
    request = ChatRequest(
        model="acme/one", messages=(ChatMessage("user", "Look.", (picture,)),), max_tokens=100
    )
    for asked in (2, 3):
        assert (await client.complete(request)).text == "A boat!"
        assert len(server.requests) == asked
        assert "a red boat" in str(bodies(server)[-1]["messages"])


async def test_what_did_not_help_is_not_learned(server: ModelServer, connect: Connect) -> None:
    capabilities = CapabilitiesInMemory()
    server.default = Reply.failure(400, "`temperature` is deprecated for this model.")
    request = ChatRequest(**{**_fields(REQUEST), "parameters": {"temperature": 1}})
    with pytest.raises(ModelError) as caught:
        await connect(capabilities=capabilities).complete(request)
    assert caught.value.kind is ErrorKind.BAD_PARAMETER
    assert (await capabilities.abilities("acme/one")).refused == frozenset()


async def test_a_parameter_that_a_model_does_not_take_is_left_out_from_then_on(
    server: ModelServer, client: ModelClient
) -> None:
    refusal = Reply.failure(400, "`temperature` is deprecated for this model.")
    server.default = lambda body: refusal if "temperature" in body else Reply()
    request = ChatRequest(**{**_fields(REQUEST), "parameters": {"temperature": 1, "top_k": 3}})
    for asked in (2, 3):
        await client.complete(request)
        assert len(server.requests) == asked
    assert bodies(server)[-1]["top_k"] == 3


async def test_402_can_only_afford_less_is_asked_for_less(
    server: ModelServer, client: ModelClient
) -> None:
    poor = Reply.failure(
        402,
        "This request requires more credits, or fewer max_tokens. "
        "You requested up to 100 tokens, but can only afford 80.",
    )
    server.default = lambda body: poor if body["max_tokens"] > 80 else Reply()
    assert (await client.complete(REQUEST)).text == "Hello there."
    assert bodies(server)[1]["max_tokens"] == 80
    # It is no lesson for the next time.
    await client.complete(REQUEST)
    assert bodies(server)[2]["max_tokens"] == 100


async def test_402_that_affords_next_to_nothing_is_told(
    server: ModelServer, client: ModelClient
) -> None:
    server.default = Reply.failure(402, "You requested up to 100 tokens, but can only afford 3.")
    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)
    assert caught.value.kind is ErrorKind.NO_CREDIT
    assert len(server.requests) == 1


async def test_a_prompt_that_is_too_long_loses_its_oldest_talk(
    server: ModelServer, client: ModelClient
) -> None:
    talk = [
        ChatMessage(role, f"line {number} " * 40)
        for number in range(20)
        for role in ("user", "assistant")
    ]
    messages = (ChatMessage("system", "Be Aria."), *talk, ChatMessage("user", "And now?"))
    request = ChatRequest(model="acme/one", messages=messages, max_tokens=100)
    long = Reply.failure(
        400, "This model's maximum context length is 2000 tokens, you requested about 4500."
    )
    server.default = lambda body: long if len(str(body)) > 9000 else Reply()
    assert (await client.complete(request)).text == "Hello there."
    kept = bodies(server)[-1]["messages"]
    assert kept[0]["content"] == "Be Aria."
    assert kept[-1]["content"] == "And now?"
    assert "line 0 " not in str(kept)


def _fields(request: ChatRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "messages": request.messages,
        "max_tokens": request.max_tokens,
    }
