"""What is heard of a reply while it comes: nothing that may be the model's thinking."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tzurot.llm.listening import Listening
from tzurot.llm.messages import (
    ChatResult,
    Done,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextDiscarded,
    Timings,
)

WHOLE = ChatResult(
    text="",
    reasoning="",
    finish_reason="stop",
    model="m",
    generation_id=None,
    usage=None,
    timings=Timings(first_text=1, total=2, attempts=1),
)


async def heard(listening: Listening, *events: StreamEvent, can_think: bool = False) -> list[str]:
    async def stream() -> AsyncIterator[StreamEvent]:
        for event in events:
            yield event
        yield Done(WHOLE)

    texts: list[str] = []
    await listening.follow(stream(), texts.append, model="m", can_think=can_think)
    return texts


async def test_a_reply_is_heard_word_by_word() -> None:
    events = TextDelta("One "), TextDelta("two.")
    assert await heard(Listening(), *events) == ["One ", "One two."]


async def test_what_is_void_is_told() -> None:
    events = TextDelta("One "), TextDiscarded(), TextDelta("Two.")
    assert await heard(Listening(), *events) == ["One ", "", "Two."]


async def test_behind_the_thinking_all_is_heard() -> None:
    events = ReasoningDelta("The user wants..."), TextDelta("Okay, the user asks.")
    assert await heard(Listening(), *events, can_think=True) == ["Okay, the user asks."]


async def test_what_reads_like_thinking_is_not_heard() -> None:
    events = TextDelta("Okay, the user wants a story. "), TextDelta("I should write one.")
    assert await heard(Listening(), *events) == []


async def test_who_thought_aloud_is_not_heard_before_the_thinking_ends() -> None:
    listening = Listening()
    aloud = (
        TextDelta("A quiet start. "), TextDiscarded(), ReasoningDelta("A quiet start."),
        TextDelta("Hello."),
    )  # fmt: skip
    assert await heard(listening, *aloud) == ["A quiet start. ", "", "Hello."]
    assert await heard(listening, *aloud) == ["", "Hello."]


async def test_who_may_think_is_heard_out_once() -> None:
    listening = Listening()
    plain = TextDelta("Hello "), TextDelta("there.")
    assert await heard(listening, *plain, can_think=True) == []
    assert await heard(listening, *plain, can_think=True) == ["Hello ", "Hello there."]


async def test_a_long_reply_is_not_judged_at_each_word() -> None:
    words = [TextDelta("lamp ") for _ in range(1000)]
    texts = await heard(Listening(), *words)
    assert 100 < len(texts) < 400
    assert len(texts[-1]) > 5000 * 31 / 32
