"""A request is brought in line with what is known of its model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given

from tests.support.chat_requests import (
    ABILITIES,
    CALL,
    LOOP,
    PAPER,
    PLAIN,
    RED,
    REQUESTS,
    SOUND,
    ask,
    say,
)
from tzurot.llm.adapt import adapt
from tzurot.llm.capabilities import Abilities
from tzurot.llm.messages import Audio, ChatRequest, File, Image
from tzurot.llm.turns import CONTINUE, NO_OUTPUT, NOTED, OPENING


def told(request: ChatRequest, **known: object) -> list[tuple[str, str]]:
    adapted = adapt(request, Abilities(**known))  # type: ignore[arg-type]  # any field
    return [(message.role, message.content) for message in adapted.messages]


def test_what_is_not_known_to_matter_stays() -> None:
    request = ask(
        say("system", "be kind"), say("user", "look", attachments=(RED, SOUND, PAPER)), *LOOP[1:],
        say("user", "and?"), say("user", "well?"), say("assistant", "So"),
        parameters={"temperature": 1, "stop": ("a",) * 6, "reasoning_effort": "none"},
        tools=({"type": "function"},), tool_choice="auto",
    )  # fmt: skip
    assert adapt(request, Abilities()) == request


def test_refused_parameters_are_dropped() -> None:
    request = ask(
        say("user", "hi"),
        parameters={"temperature": 1, "top_p": 0.9},
        extra={"repeat_penalty": 1.1, "mirostat": 2},
    )
    adapted = adapt(request, Abilities(refused=frozenset({"temperature", "repeat_penalty"})))
    assert adapted.parameters == {"top_p": 0.9}
    assert adapted.extra == {"mirostat": 2}


def test_images_become_notes_where_the_model_cannot_see() -> None:
    request = ask(
        say("user", "look", attachments=(RED, PLAIN, SOUND)), say("user", attachments=(PLAIN,))
    )
    adapted = adapt(request, Abilities(images=False))
    assert [message.content for message in adapted.messages] == [
        "look\n[image: a red boat]\n[image]", "[image]",
    ]  # fmt: skip
    assert adapted.messages[0].attachments == (SOUND,)


def test_the_newest_images_stay() -> None:
    first = say("user", "one", attachments=(RED, SOUND))
    second = say("user", "two", attachments=(PLAIN, RED))
    adapted = adapt(ask(first, second), Abilities(most_images=1))
    assert [message.attachments for message in adapted.messages] == [(SOUND,), (RED,)]
    assert [message.content for message in adapted.messages] == [
        "one\n[image: a red boat]", "two\n[image]",
    ]  # fmt: skip


def test_sound_and_files_become_notes() -> None:
    request = ask(say("user", attachments=(SOUND, PAPER, replace(PAPER, alt="a\nlist"))))
    assert told(request, audio=False, files=False) == [
        ("user", "[audio: a bell]\n[file: notes.pdf]\n[file: a list]")
    ]


def test_blank_messages_are_left_out() -> None:
    blank = (say("system", " "), say("user", "\n"), say("assistant", ""))
    assert told(ask(*blank, say("user", "hi"))) == [("user", "hi")]
    assert told(ask(*blank)) == [("user", OPENING)]
    assert told(ask(*LOOP[:2], say("tool", " ", tool_call_id="c1")))[-1] == ("tool", NO_OUTPUT)


def test_consecutive_messages_of_one_role_are_merged() -> None:
    request = ask(
        say("system", "a"), say("system", "b"), say("user", "c", attachments=(RED,)),
        say("user", "d", attachments=(PLAIN,), cache_here=True), say("assistant", "e"),
        say("assistant", "f"), say("system", "g"), say("user", "h"),
    )  # fmt: skip
    adapted = adapt(request, Abilities(alternating=True))
    assert [(message.role, message.content) for message in adapted.messages] == [
        ("system", "a\n\nb"), ("user", "c\n\nd"), ("assistant", "e\n\nf"), ("user", "g\n\nh"),
    ]  # fmt: skip
    assert adapted.messages[1].attachments == (RED, PLAIN)
    assert adapted.messages[1].cache_here


def test_the_user_begins_where_turns_alternate() -> None:
    greeting = ask(say("system", "a"), say("assistant", "Hello!"), say("user", "hi"))
    assert told(greeting, alternating=True) == [
        ("system", "a"), ("user", OPENING), ("assistant", "Hello!"), ("user", "hi"),
    ]  # fmt: skip
    assert told(ask(say("system", "a")), alternating=True) == [("system", "a"), ("user", OPENING)]


def test_loops_of_tools_keep_their_places_where_turns_alternate() -> None:
    request = ask(*LOOP, say("tool", "wind", tool_call_id="c2"), say("user", "so?"))
    assert told(request, alternating=True) == [
        ("user", "What is it like in Oslo?"), ("assistant", ""), ("tool", "rain"),
        ("tool", "wind"), ("assistant", NOTED), ("user", "so?"),
    ]  # fmt: skip


def test_system_messages_are_folded_into_the_first_of_the_user() -> None:
    request = ask(
        say("system", "a"), say("system", "b"), say("user", "c"), say("system", "d"),
        say("assistant", "e"),
    )  # fmt: skip
    assert told(request, system=False) == [
        ("user", "a\n\nb\n\nc"), ("user", "d"), ("assistant", "e"),
    ]  # fmt: skip
    greeting = ask(say("system", "a"), say("assistant", "Hello!"))
    assert told(greeting, system=False) == [("user", "a"), ("assistant", "Hello!")]


def test_a_prefill_is_continued_by_request() -> None:
    request = ask(say("user", "hi"), say("assistant", "So"))
    assert told(request, prefill=False) == [
        ("user", "hi"), ("assistant", "So"), ("user", CONTINUE),
    ]  # fmt: skip
    assert told(ask(*LOOP[:2]), prefill=False)[-1] == ("assistant", "")


def test_calls_of_tools_become_text() -> None:
    request = ask(
        *LOOP, say("tool", "", tool_call_id="else"),
        say("assistant", "Look:", tool_calls=(CALL,), reasoning_details=()),
        tools=({"type": "function"},), tool_choice="auto",
        parameters={"parallel_tool_calls": True, "seed": 1},
    )  # fmt: skip
    adapted = adapt(request, Abilities(tools=False))
    assert (adapted.tools, adapted.tool_choice, adapted.parameters) == ((), None, {"seed": 1})
    assert adapted.messages == (
        LOOP[0],
        say("assistant", '[called weather with {"city": "Oslo"}]'),
        say("user", "[weather returned: rain]"),
        say("user", f"[a function returned: {NO_OUTPUT}]"),
        say("assistant", 'Look:\n[called weather with {"city": "Oslo"}]'),
    )


@pytest.mark.parametrize(
    ("name", "value", "dropped"),
    [
        ("reasoning_effort", "none", True), ("reasoning_effort", "low", False),
        ("reasoning_max_tokens", 0, True), ("reasoning_max_tokens", 1024, False),
        ("include_reasoning", False, True), ("include_reasoning", True, False),
        ("reasoning", {"enabled": False}, True), ("reasoning", {"effort": "none"}, True),
        ("reasoning", {"effort": "low"}, False), ("temperature", 0, False),
    ],
)  # fmt: skip
def test_mandatory_thinking_is_not_switched_off(
    name: str,
    value: object,
    dropped: bool,  # noqa: FBT001 - a table's column
) -> None:
    request = ask(say("user", "hi"), parameters={name: value}, extra={name: value})
    adapted = adapt(request, Abilities(reasoning_mandatory=True))
    assert (name not in adapted.parameters) is dropped
    assert (name not in adapted.extra) is dropped
    assert adapt(request, Abilities()) == request


def test_stops_and_max_tokens_within_bounds() -> None:
    request = ask(say("user", "hi"), max_tokens=5, parameters={"stop": ("a", "b", "c")})
    adapted = adapt(request, Abilities(most_stops=2, least_tokens=16))
    assert adapted.parameters == {"stop": ("a", "b")}
    assert adapted.max_tokens == 16
    assert adapt(request, Abilities(most_stops=0)).parameters == {}
    alone = ask(say("user", "hi"), parameters={"stop": "abc"})
    assert adapt(alone, Abilities(most_stops=1, least_tokens=16)) == alone


@given(REQUESTS, ABILITIES)
def test_adapting_twice_changes_nothing(request: ChatRequest, abilities: Abilities) -> None:
    once = adapt(request, abilities)
    assert adapt(once, abilities) == once


@given(REQUESTS, ABILITIES)
def test_what_is_sent_is_what_the_model_takes(request: ChatRequest, abilities: Abilities) -> None:
    adapted = adapt(request, abilities)
    messages = adapted.messages
    assert messages
    assert all(one.content.strip() or one.attachments or one.tool_calls for one in messages)
    attached = [item for one in messages for item in one.attachments]
    images = sum(isinstance(item, Image) for item in attached)
    if abilities.images is False:
        assert images == 0
    if abilities.most_images is not None:
        assert images <= abilities.most_images
    assert abilities.audio is not False or not any(isinstance(item, Audio) for item in attached)
    assert abilities.files is not False or not any(isinstance(item, File) for item in attached)
    if abilities.tools is False:
        assert not any(one.tool_calls or one.role == "tool" for one in messages)
    if abilities.system is False:
        assert not any(one.role == "system" for one in messages)
    if abilities.alternating:
        turns = messages[1:] if messages[0].role == "system" else messages
        assert turns[0].role == "user"
        assert not any(one.role == "system" for one in turns)
        if not any(one.role == "tool" or one.tool_calls for one in turns):
            roles = [one.role for one in turns]
            assert all(role != after for role, after in pairwise(roles))
    if abilities.prefill is False:
        assert messages[-1].role != "assistant" or messages[-1].tool_calls
    assert not abilities.refused & {*adapted.parameters, *adapted.extra}
    assert adapted.max_tokens >= (abilities.least_tokens or 0)


@given(REQUESTS, ABILITIES)
def test_nothing_that_was_said_is_lost(request: ChatRequest, abilities: Abilities) -> None:
    said = [one.content.strip() for one in request.messages if one.content.strip()]
    whole = "\n".join(one.content for one in adapt(request, abilities).messages)
    place = 0
    for text in said:
        place = whole.index(text, place) + len(text)
