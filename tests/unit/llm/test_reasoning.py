"""Thinking is parted from the reply."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.reasoning import ReasoningSplitter


def read(*chunks: str, complete: bool = True) -> tuple[str, str]:
    """Return the reply and the thinking, as a reader of the pieces would keep them."""
    splitter = ReasoningSplitter()
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)]
    text = reasoning = ""
    for piece in pieces + splitter.finish(complete=complete):
        if piece.kind == "discard":
            text = ""
        elif piece.kind == "text":
            text += piece.text
        else:
            reasoning += piece.text
    return text, reasoning


TABLE = [
    ("Hello.", "Hello.", ""),
    ("<think>hm</think>Hello.", "Hello.", "hm"),
    ("<think>\nhm\n</think>\n\nHello.", "Hello.", "\nhm\n"),
    ("<thinking>hm</thinking> Hello.", "Hello.", "hm"),
    ("<THINK>hm</Think>Hello.", "Hello.", "hm"),
    ('<think type="deep">hm</think >Hello.', "Hello.", "hm"),
    ("<think></think>Hello.", "Hello.", ""),
    ("<think/>Hello.", "Hello.", ""),
    ("<think />Hello.", "Hello.", ""),
    ("<think>a</think>One.<think>b</think>\n\nTwo.", "One.\n\nTwo.", "ab"),
    ("<think>a</think>One. <think>b</think> Two.", "One. Two.", "ab"),
    # without an opening tag, once
    ("hm hm</think>\n\nHello.", "Hello.", "hm hm"),
    ("</think>Hello.", "Hello.", ""),
    # stray closing tags vanish
    ("<think>hm</think>One.</think>Two.", "One.Two.", "hm"),
    ("hm</think>One.</think>Two.", "One.Two.", "hm"),
    # no tags
    ("<thinking-mode>x</thinking-mode>", "<thinking-mode>x</thinking-mode>", ""),
    ("<thinker>x", "<thinker>x", ""),
    ("I <3 you < think > so", "I <3 you < think > so", ""),
    ("5 < th", "5 < th", ""),
    ("a <thi", "a <thi", ""),
    ("```\n<think>x</think>\n```\nThat is it.", "```\n<think>x</think>\n```\nThat is it.", ""),
    # an opening tag inside the thinking
    ("<think>a <think> b</think>Hello.", "Hello.", "a  b"),
]


@pytest.mark.parametrize(("raw", "text", "reasoning"), TABLE)
def test_reply_and_thinking(raw: str, text: str, reasoning: str) -> None:
    assert read(raw) == (text, reasoning)
    assert read(*raw) == (text, reasoning)


def test_thinking_that_never_ends_was_the_answer_if_the_model_stopped_by_itself() -> None:
    assert read("<think>Hello there.", complete=True)[0] == "Hello there."
    assert read(*"\n<think>\nHello <th", complete=True)[0].strip() == "Hello <th"


def test_thinking_cut_by_the_limit_is_no_answer() -> None:
    assert read("<think>Hello there. <thi", complete=False) == ("", "Hello there. <thi")


def test_thinking_at_the_end_does_not_follow_a_reply() -> None:
    assert read("Hello.<think>did I greet?", complete=True) == ("Hello.", "did I greet?")


def test_text_is_handed_out_as_soon_as_it_can_be_no_tag() -> None:
    splitter = ReasoningSplitter()
    assert [piece.text for piece in splitter.feed("One <")] == ["One "]
    assert [piece.text for piece in splitter.feed("thi")] == []
    assert [piece.text for piece in splitter.feed("s")] == ["<this"]


SCRAPS = st.sampled_from(
    ["<think>", "</think>", "<thinking>", "<think/>", "<th", "ink>", "</", "<", ">", *" \n", "a```"]
)


@given(st.lists(SCRAPS, max_size=20).map("".join), st.booleans(), st.data())
def test_cuts_change_nothing(raw: str, complete: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn by hypothesis
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=6).map(sorted))
    edges = [0, *cuts, len(raw)]
    chunks = [raw[a:b] for a, b in pairwise(edges)]
    assert read(*chunks, complete=complete) == read(raw, complete=complete)
