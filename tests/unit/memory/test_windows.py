"""Windows: read whole by the model, holding every word, each telling who speaks."""

from __future__ import annotations

import re
from itertools import pairwise

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.memory.windows import (
    OVERLAP_TOKENS,
    WINDOW_TOKENS,
    Line,
    count_tokens,
    tokenizer,
    windows,
)

LONG = " ".join(f"word{number}" for number in range(900))
SOME = [
    *(
        "",
        " ",
        "\n",
        "hello, ",
        "漢字 ",
        "ひらがな",
        "한국어 ",
        "😀👩\u200d👧 ",
        "é",
        "e\u0301 ",
        "\u200b",
    ),
    *("https://a.example/b?c=d ", "[SEP] ", "[MASK]", "a" * 99 + " ", "x" * 300 + " ", LONG[:700]),
]

speakers = st.text(min_size=1, max_size=32)
words = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(SOME), max_size=60).map("".join))
talks = st.lists(st.builds(Line, speakers, words), max_size=4)
plain = st.lists(st.from_regex(r"[a-z]{1,9}[.,!?]?", fullmatch=True), max_size=400).map(" ".join)
plain_talks = st.lists(st.builds(Line, st.sampled_from(["Ada", "Juniper"]), plain), max_size=4)

quickly = hypothesis.settings(
    max_examples=60, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)


def tokens(window: str) -> int:
    """Count them as the model reads them, its own two included."""
    return len(tokenizer().encode(window).ids)


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        ([], []),
        ([Line("Ada", "")], []),
        ([Line("Ada", " \n\t")], []),
        ([Line("Ada", "Hello."), Line("Juniper", "Hi.")], ["Ada: Hello.\nJuniper: Hi."]),
        ([Line("Ada", ""), Line("Juniper", "Hi.")], ["Juniper: Hi."]),
        ([Line("Ada", "Two\nlines")], ["Ada: Two\nlines"]),
        ([Line("Ada", "😀😀")], ["Ada: 😀😀"]),
        ([Line("愛", "漢字かな")], ["愛: 漢字かな"]),
        # Longer than any word that the model knows: one token.
        ([Line("Ada", "x" * 5000)], ["Ada: " + "x" * 5000]),
    ],
)
def test_short_talks(lines: list[Line], cut: list[str]) -> None:
    assert windows(lines) == cut


def test_what_fits_exactly_is_one_window() -> None:
    room = WINDOW_TOKENS - 2 - count_tokens("Ada: ")
    (whole,) = windows([Line("Ada", " ".join(["sea"] * room))])
    assert tokens(whole) == WINDOW_TOKENS
    first, second = windows([Line("Ada", " ".join(["sea"] * (room + 1)))])
    assert (tokens(first), second) == (WINDOW_TOKENS, "Ada: " + " ".join(["sea"] * 49))


def test_neighbours_overlap() -> None:
    first, second, *_ = (window.split() for window in windows([Line("Ada", LONG)]))
    shared = [word for word in first if word in second[1:]]
    assert second[1 : len(shared) + 1] == first[-len(shared) :] == shared
    assert OVERLAP_TOKENS // 2 < count_tokens(" ".join(shared)) <= OVERLAP_TOKENS


def test_each_window_tells_who_speaks() -> None:
    cut = windows([Line("Ada", LONG), Line("Juniper", LONG), Line("Ada", "Yes.")])
    lines = [line for window in cut for line in window.splitlines()]
    assert len(cut) > 6
    assert all(re.match(r"(Ada|Juniper): \w", line) for line in lines)
    assert cut[0].startswith("Ada: ")
    assert cut[-1].endswith("\nAda: Yes.")


@quickly
@given(talks)
def test_the_model_reads_every_window_whole(lines: list[Line]) -> None:
    assert all(tokens(window) <= WINDOW_TOKENS for window in windows(lines))


@quickly
@given(plain_talks)
def test_no_word_is_lost(lines: list[Line]) -> None:
    cut = windows(lines)
    # In order, each word is in the window where the one before it was, or in the next.
    position = 0
    for line in lines:
        for word in line.text.split():
            while f" {word} " not in f" {' '.join(cut[position].split())} ":
                position += 1


@quickly
@given(plain_talks)
def test_every_window_says_something_new(lines: list[Line]) -> None:
    cut = windows(lines)
    assert not [one for one, other in pairwise(cut) if one.endswith(other)]


@quickly
@given(talks)
def test_nothing_is_added_but_the_speakers(lines: list[Line]) -> None:
    said = "\n".join(f"{line.speaker}: {line.text}" for line in lines)
    for window in windows(lines):
        for line in lines:
            window = window.replace(line.prefix, "")  # noqa: PLW2901  step by step
        assert all(character in said for character in window)
