"""One reply is built from the payloads of a stream, however the stream ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tzurot.llm import ChatResult, ErrorKind, ModelError, TextDelta, TextDiscarded, Timings, Usage
from tzurot.llm.reply import LONGEST_REPLY, ReplyBuilder

K = ErrorKind
TIMINGS = Timings(first_text=0, total=0, attempts=1)


def delta(content: object = "", finish: str | None = None, **fields: object) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "model": "acme/one",
        "choices": [{"index": 0, "delta": {"content": content, **fields}, "finish_reason": finish}],
    }


def build(*payloads: object) -> ChatResult:
    builder = ReplyBuilder("asked/for")
    for payload in payloads:
        builder.feed(payload if isinstance(payload, str) else json.dumps(payload))
    builder.close()
    return builder.result(TIMINGS)


def test_a_whole_stream() -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 5,
        "cost": 0.0001,
        "prompt_tokens_details": {"cached_tokens": 16, "cache_write_tokens": None},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    result = build(
        {"choices": [], "debug": {}},
        delta("Hel", role="assistant"),
        delta("lo."),
        delta("", "stop"),
        {"choices": [], "usage": usage},
        "[DONE]",
    )
    assert result == ChatResult(
        text="Hello.",
        reasoning="",
        finish_reason="stop",
        model="acme/one",
        generation_id="gen-1",
        usage=Usage(
            prompt_tokens=20,
            completion_tokens=5,
            cached_tokens=16,
            reasoning_tokens=3,
            cost=0.0001,
        ),
        timings=TIMINGS,
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
        # blank space before the reply is kept only if the reply comes
        ([delta("\n"), delta(" Hi."), delta("", "stop")], "\n Hi."),
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
        ("tool_calls", "stop"),
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
        (["ping"], K.MALFORMED, True),
        (['"text"'], K.MALFORMED, True),
        (["[]"], K.MALFORMED, True),
        ([delta("Hi"), {"error": {"code": 429, "message": "x"}}], K.RATE_LIMITED, True),
        ([delta("Hi", "error")], K.PROVIDER_DOWN, True),
        ([{"choices": [{"delta": {}, "error": {"code": 402}}]}], K.NO_CREDIT, False),
        ([{"message": "context length exceeded"}], K.CONTEXT_TOO_LONG, False),
        (["[" * 100_000], K.MALFORMED, True),
        (['[{"error": {"code": 401}}]'], K.AUTHENTICATION, False),
        ([delta("x" * 999_999), delta("x" * (LONGEST_REPLY - 999_998))], K.MALFORMED, False),
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


def test_a_key_that_an_error_echoes_stays_out_of_it() -> None:
    builder = ReplyBuilder("m", "hunter2")
    with pytest.raises(ModelError) as caught:
        builder.feed('{"error": {"code": 401, "message": "the key hunter2 is bad"}}')
    assert "is bad" in caught.value.detail
    assert "hunter2" not in caught.value.detail


def test_thinking_without_an_opening_tag_is_taken_back() -> None:
    builder = ReplyBuilder("m")
    assert builder.feed(json.dumps(delta("They say hi."))) == [TextDelta("They say hi.")]
    events = builder.feed(json.dumps(delta("</think>Hello.", "stop")))
    assert TextDiscarded() in events
    assert events[-1] == TextDelta("Hello.")
    builder.close()
    assert builder.result(TIMINGS).text == "Hello."
    assert builder.result(TIMINGS).reasoning == "They say hi."
