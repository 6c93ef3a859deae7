"""Tool calls, thoughts and stops that come in pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.messages import ToolCall
from tzurot.llm.pieces import ReasoningDetails, ToolCalls
from tzurot.llm.stops import StopFilter


def test_arguments_that_come_in_pieces_make_one_call() -> None:
    calls = ToolCalls()
    calls.add([{"index": 0, "id": "a", "function": {"name": "look", "arguments": '{"a'}}])
    calls.add([{"index": 0, "function": {"arguments": '": 1}'}}])
    # Blank space after whole JSON must not make it a second call.
    calls.add([{"index": 0, "function": {"arguments": " \n"}}])
    calls.add([{"index": 1, "id": "b", "function": {"name": "wait"}}])
    assert calls.finished() == (ToolCall("a", "look", '{"a": 1}'), ToolCall("b", "wait", "{}"))


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    calls = ToolCalls()
    for name in ("a", "b"):
        calls.add([{"id": name, "function": {"name": name, "arguments": "{}"}}])
    assert [call.name for call in calls.finished()] == ["a", "b"]


@pytest.mark.parametrize("piece", [{}, {"function": None}, {"function": {"name": 1}}, {"id": []}])
def test_a_call_that_is_none_is_none(piece: dict[str, object]) -> None:
    calls = ToolCalls()
    calls.add([piece])
    assert calls.finished() == ()


def test_thoughts_are_joined_and_a_late_signature_finds_its_place() -> None:
    details = ReasoningDetails()
    assert details.finished() is None
    details.add([{"type": "reasoning.text", "index": 0, "text": "He"}])
    details.add([{"type": "reasoning.text", "index": 0, "text": "llo"}])
    details.add([{"type": "reasoning.text", "index": 0, "signature": "s"}])
    details.add([{"type": "reasoning.encrypted", "index": 1, "data": "x", "id": None}])
    assert details.finished() == (
        {"type": "reasoning.text", "index": 0, "text": "Hello", "signature": "s"},
        {"type": "reasoning.encrypted", "index": 1, "data": "x", "id": None},
    )


def test_an_empty_list_of_thoughts_is_not_none() -> None:
    details = ReasoningDetails()
    details.add([])
    assert details.finished() == ()


@given(
    st.text(alphabet="abEND\n", max_size=40),
    st.lists(st.text(alphabet="abEND\n", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_a_reply_ends_before_the_first_stop_however_it_is_cut(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    places = [text.find(stop) for stop in stops if stop in text]
    expected = text[: min(places)] if places else text
    found = StopFilter(stops)
    places = [0, *sorted(cuts), len(text)]
    said = "".join(found.feed(text[start:end]) for start, end in pairwise(places))
    assert said + found.finish() == expected
    assert found.stopped == bool([stop for stop in stops if stop in text])
