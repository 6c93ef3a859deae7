"""Requests to a model, made by hand and at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tzurot.llm.capabilities import Abilities
from tzurot.llm.messages import Audio, ChatMessage, ChatRequest, File, Image, Role, ToolCall

RED = Image("data:image/png;base64,AA", "a red boat")
PLAIN = Image("data:image/png;base64,BB")
SOUND = Audio("AA", "wav", "a bell")
PAPER = File("notes.pdf", "data:application/pdf;base64,AA")
CALL = ToolCall("c1", "weather", '{"city": "Oslo"}')


def say(role: Role, content: str = "", **more: Any) -> ChatMessage:  # noqa: ANN401  any field
    return ChatMessage(role, content, **more)


def ask(*messages: ChatMessage, **more: Any) -> ChatRequest:  # noqa: ANN401  any field
    return replace(ChatRequest(model="a/b", max_tokens=800, messages=messages), **more)


LOOP = (
    say("user", "What is it like in Oslo?"),
    say("assistant", tool_calls=(CALL,), reasoning_details=({"type": "reasoning.text"},)),
    say("tool", "rain", tool_call_id="c1"),
)

_TEXT = st.sampled_from(["", " ", "\n", "hello", "Alice: 早上好", "x" * 300])
_ATTACHMENTS = st.lists(st.sampled_from([RED, PLAIN, SOUND, PAPER]), max_size=2).map(tuple)
_PLAIN = st.builds(
    ChatMessage,
    st.sampled_from(["system", "user", "user", "assistant", "assistant"]),
    _TEXT,
    _ATTACHMENTS,
    st.booleans(),
)
_RUN = st.one_of(
    st.tuples(_PLAIN),
    st.just(LOOP),
    st.tuples(st.builds(ChatMessage, st.just("tool"), _TEXT, tool_call_id=st.just("gone"))),
)
_PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0.1, 1),
        "stop": st.lists(st.sampled_from(["a", "b", "c"]), max_size=6).map(tuple),
        "reasoning_effort": st.sampled_from(["none", "low", "high"]),
        "reasoning_max_tokens": st.just(1024),
        "parallel_tool_calls": st.booleans(),
        "response_format": st.just({"type": "json_schema", "json_schema": {"strict": True}}),
    },
)
REQUESTS = st.builds(
    ChatRequest,
    model=st.just("a/b"),
    messages=st.lists(_RUN, max_size=14).map(lambda runs: sum(runs, ())),
    max_tokens=st.integers(1, 5000),
    parameters=_PARAMETERS,
    provider=st.fixed_dictionaries(
        {},
        optional={
            "only": st.just(["acme"]),
            "zdr": st.just(value=True),
            "data_collection": st.just("deny"),
            "max_price": st.just({"prompt": 1}),
            "require_parameters": st.just(value=True),
        },
    ),
    tools=st.sampled_from([(), ({"type": "function", "function": {"name": "weather"}},)]),
    tool_choice=st.sampled_from([None, "auto"]),
    extra=st.fixed_dictionaries({}, optional={"repeat_penalty": st.just(1.1)}),
)

_MAYBE = st.none() | st.booleans()
ABILITIES = st.builds(
    Abilities,
    images=_MAYBE,
    most_images=st.none() | st.integers(0, 3),
    audio=_MAYBE,
    files=_MAYBE,
    tools=_MAYBE,
    system=_MAYBE,
    alternating=_MAYBE,
    prefill=_MAYBE,
    reasoning_mandatory=_MAYBE,
    refused=st.frozensets(st.sampled_from(["temperature", "top_p", "stop", "repeat_penalty"])),
    most_stops=st.none() | st.integers(0, 4),
    least_tokens=st.none() | st.integers(1, 64),
)
