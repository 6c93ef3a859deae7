"""One reply is built from the payloads of a stream, however the stream ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tzurot.llm import ErrorKind, ModelError, TextDelta, TextDiscarded, Usage, api_key
from tzurot.llm.errors import Symptom
from tzurot.llm.messages import ToolCall
from tzurot.llm.reply import LONGEST_REPLY, Built, ReplyBuilder

K = ErrorKind


def delta(content: object = "", finish: str | None = None, **fields: object) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "model": "acme/one",
        "choices": [{"index": 0, "delta": {"content": content, **fields}, "finish_reason": finish}],
    }


def built(*payloads: object) -> ReplyBuilder:
    builder = ReplyBuilder()
    for payload in payloads:
        builder.feed(payload if isinstance(payload, str) else json.dumps(payload))
    builder.close()
    return builder


def build(*payloads: object) -> Built:
    return built(*payloads).result()


def test_a_whole_stream() -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "cost": 0.0001,
        "prompt_tokens_details": {"cached_tokens": 16, "cache_write_tokens": None},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    builder = built(
        {"choices": [], "debug": {}},
        delta("Hel", role="assistant"),
        delta("lo."),
        delta("", "stop"),
        {"choices": [], "usage": usage, "provider": "Somebody"},
        "[DONE]",
    )
    assert builder.result() == Built(text="Hello.", reasoning="", finish_reason="stop")
    assert (builder.model, builder.provider) == ("acme/one", "Somebody")
    assert builder.generation_id == "gen-1"
    assert builder.usage == Usage(
        prompt_tokens=20,
        completion_tokens=5,
        cached_tokens=16,
        reasoning_tokens=3,
        cost=0.0001,
    )


@pytest.mark.parametrize(
    ("payloads", "text"),
    [
        # no [DONE]; no reason; an unknown reason; a reason of "" until the end
        ([delta("Hi."), delta("", "stop")], "Hi."),
        ([delta("Hi."), "[DONE]"], "Hi."),
        ([delta("Hi.", "eos_token")], "Hi."),
        ([delta("Hi", ""), delta(".", ""), delta("", "stop")], "Hi."),
        # finished twice, the second time empty
        ([delta("Hi."), delta("", "stop"), delta("", "stop"), "[DONE]"], "Hi."),
        # nothing counts after the end
        ([delta("Hi.", "stop"), "[DONE]", delta("again")], "Hi."),
        # a whole completion in one event
        ([{"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}], "Hi."),
        # Mistral's list of parts
        (
            [
                delta(
                    [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                        {"type": "text", "text": "Hi."},
                    ],
                    "stop",
                )
            ],
            "Hi.",
        ),
        # blank space before the reply is no part of it
        ([delta("\n"), delta(" Hi."), delta("", "stop")], "Hi."),
        ([delta("<think>hm</think>\n\n"), delta("Hi.", "stop")], "Hi."),
        # nulls and wrong types everywhere
        ([delta(None, None, reasoning=None, tool_calls=None), delta("Hi.", "stop")], "Hi."),
        ([{"choices": None, "usage": "x", "model": 7}, delta("Hi.", "stop")], "Hi."),
        ([{"choices": [], "usage": {"cost": 10**400}}, delta("Hi.", "stop")], "Hi."),
        ([{"choices": [None]}, {"choices": [{"delta": 5}]}, delta("Hi.", "stop")], "Hi."),
    ],
)
def test_oddities_do_no_harm(payloads: list[object], text: str) -> None:
    assert build(*payloads).text == text


@pytest.mark.parametrize(
    ("reason", "seen"),
    [
        ("length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("whatever", "stop"),
    ],
)
def test_finish_reasons(reason: str, seen: str) -> None:
    assert build(delta("Hi."), delta("", reason)).finish_reason == seen


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning": "hm"},
        {"reasoning_content": "hm"},
        {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"text": "h"}, {"summary": "m"}, {"data": "[REDACTED]"}]},
    ],
)
def test_thinking_in_its_own_field_is_read_once(fields: dict[str, Any]) -> None:
    result = build(delta("", **fields), delta("Hi.", "stop"))
    assert (result.text, result.reasoning) == ("Hi.", "hm")


@pytest.mark.parametrize(
    ("payloads", "kind", "retryable"),
    [
        ([], K.TRUNCATED, True),
        ([delta("Hi")], K.TRUNCATED, True),
        ([delta("", "stop")], K.EMPTY, True),
        ([delta(" \n", "stop")], K.EMPTY, True),
        (["[DONE]"], K.EMPTY, True),
        ([delta("", reasoning="hm"), delta("", "length")], K.EMPTY, False),
        ([delta("<think>hm hm", "length")], K.EMPTY, False),
        ([delta("", "content_filter")], K.CONTENT_POLICY, False),
        ([delta("", "stop", refusal="I cannot.")], K.CONTENT_POLICY, False),
        (["ping"], K.PROVIDER_DOWN, True),
        (['"text"'], K.PROVIDER_DOWN, True),
        (["[]"], K.PROVIDER_DOWN, True),
        ([delta("Hi"), {"error": {"code": 429, "message": "x"}}], K.RATE_LIMITED, True),
        ([delta("Hi", "error")], K.PROVIDER_DOWN, True),
        ([{"choices": [{"delta": {}, "error": {"code": 402}}]}], K.NO_CREDIT, False),
        ([{"message": "context length exceeded"}], K.CONTEXT_TOO_LONG, False),
        (["[" * 100_000], K.PROVIDER_DOWN, True),
        (['[{"error": {"code": 401}}]'], K.AUTHENTICATION, False),
        ([delta("x" * 999_999), delta("x" * (LONGEST_REPLY - 999_998))], K.PROVIDER_DOWN, False),
    ],
)
def test_no_whole_reply(payloads: list[object], kind: ErrorKind, retryable: bool) -> None:  # noqa: FBT001 - a table's column
    with pytest.raises(ModelError) as caught:
        build(*payloads)
    assert caught.value.kind is kind
    assert caught.value.retryable is retryable


def test_the_text_of_a_broken_event_stays_out_of_the_error() -> None:
    with pytest.raises(ModelError) as caught:
        build('{"choices": [{"delta": {"content": "dear diary')
    assert "diary" not in str(caught.value)


def test_the_words_of_a_refusal_stay_out_of_the_error() -> None:
    with pytest.raises(ModelError) as caught:
        build(delta("", "stop", refusal="I cannot help with your dear diary."))
    assert "diary" not in str(caught.value)
    assert caught.value.kind is K.CONTENT_POLICY


def test_a_key_that_an_error_echoes_stays_out_of_it() -> None:
    builder = ReplyBuilder(key=api_key("hunter2"))
    with pytest.raises(ModelError) as caught:
        builder.feed('{"error": {"code": 401, "message": "the key hunter2 is bad"}}')
    assert "is bad" in caught.value.detail
    assert "hunter2" not in caught.value.detail


def test_thinking_without_an_opening_tag_is_taken_back() -> None:
    builder = ReplyBuilder()
    assert builder.feed(json.dumps(delta("They say hi."))) == [TextDelta("They say hi.")]
    events = builder.feed(json.dumps(delta("</think>Hello.", "stop")))
    assert TextDiscarded() in events
    assert events[-1] == TextDelta("Hello.")
    builder.close()
    assert builder.result().text == "Hello."
    assert builder.result().reasoning == "They say hi."


SPARES = [
    pytest.param([delta("<think>Come in.", "stop")], "Come in.", Symptom.ONLY_THINKING, id="tag"),
    pytest.param(
        [delta("Hello. <think>Come in.", "stop")],
        "Hello.\nCome in.",
        Symptom.ONLY_THINKING,
        id="tag after text",
    ),
    pytest.param(
        [delta("Hello. <think>I should", "length")],
        "Hello.",
        Symptom.THINKING_ATE_ALL,
        id="tag and limit after text",
    ),
    pytest.param(
        [delta("<think>I should", "length")], None, Symptom.THINKING_ATE_ALL, id="tag and limit"
    ),
    pytest.param(
        [delta("", "stop", reasoning="Come in, Ada.")],
        "Come in, Ada.",
        Symptom.ONLY_THINKING,
        id="answer filed as thinking",
    ),
    pytest.param(
        [delta("", "stop", reasoning="The user wants a greeting. I should stay in character.")],
        None,
        Symptom.ONLY_THINKING,
        id="planning",
    ),
    pytest.param(
        [delta("<think>The user wants a greeting. I should stay in character.", "stop")],
        None,
        Symptom.ONLY_THINKING,
        id="tag before planning",
    ),
    pytest.param(
        [delta("Hello. <think>The user wants more. I should stay in character.", "stop")],
        "Hello.",
        Symptom.ONLY_THINKING,
        id="tag before planning after text",
    ),
    pytest.param(
        [delta("Okay, the user wants a greeting. I should stay in character.", "length")],
        None,
        Symptom.THINKING_ATE_ALL,
        id="planning without a tag and limit",
    ),
    pytest.param(
        [delta("Okay, the user wants a greeting. I should stay in character.")],
        None,
        None,
        id="planning without a tag, cut",
    ),
    pytest.param(
        [delta("Okay, the user wants a greeting. I should stay in char")],
        None,
        None,
        id="planning without a tag, cut in a sentence",
    ),
    pytest.param([delta("…", "stop")], "…", None, id="three dots"),
    pytest.param([delta("ext", "stop")], None, None, id="what a filter leaves"),
    pytest.param([delta("</s>", "stop")], None, None, id="a stray token"),
    pytest.param([delta("It was. And th")], "It was.", None, id="cut in a sentence"),
    pytest.param([delta("<think>It was. And th")], None, None, id="cut while thinking"),
]


@pytest.mark.parametrize(("payloads", "spare", "symptom"), SPARES)
def test_what_may_serve_when_nothing_better_comes(
    payloads: list[object], spare: str | None, symptom: Symptom | None
) -> None:
    builder = ReplyBuilder()
    for payload in payloads:
        builder.feed(json.dumps(payload))
    with pytest.raises(ModelError) as caught:
        builder.close()
    assert caught.value.symptom is symptom
    assert (builder.spare and builder.spare.text) == spare


CALL = [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}]


def test_calls_of_tools_are_a_reply_without_words() -> None:
    builder = ReplyBuilder(tools=True)
    builder.feed(json.dumps(delta(None, tool_calls=CALL)))
    builder.feed(json.dumps(delta("", "tool_calls")))
    builder.close()
    result = builder.result()
    assert result.tool_calls == (ToolCall("a", "look", "{}"),)
    assert (result.text, result.finish_reason) == ("", "tool_calls")


def test_calls_of_tools_that_nobody_offered_are_no_reply() -> None:
    with pytest.raises(ModelError) as caught:
        build(delta(None, tool_calls=CALL), delta("", "tool_calls"))
    assert caught.value.kind is K.EMPTY
    result = build(delta("Hi.", tool_calls=CALL), delta("", "tool_calls"))
    assert (result.text, result.tool_calls) == ("Hi.", ())


def test_what_an_error_used_is_known() -> None:
    builder = ReplyBuilder()
    usage = {"prompt_tokens": 9, "cost": 0.5}
    with pytest.raises(ModelError):
        builder.feed(json.dumps(delta("", "error") | {"usage": usage, "error": {"code": 502}}))
    assert builder.usage == Usage(prompt_tokens=9, cost=0.5)
    assert (builder.model, builder.generation_id) == ("acme/one", "gen-1")


def test_a_stop_ends_the_reply_here_where_no_provider_took_it() -> None:
    builder = ReplyBuilder(stops=("\nAda:", "END"))
    events = [
        *builder.feed(json.dumps(delta("I know.\nA"))),
        *builder.feed(json.dumps(delta("da: me too"))),
        *builder.feed(json.dumps(delta(" and more"))),
    ]
    assert builder.done
    assert events == [TextDelta("I know.")]
    builder.close()
    assert builder.result() == Built(text="I know.", reasoning="", finish_reason="stop")
