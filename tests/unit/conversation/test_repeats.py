"""What counts as said again, in any script."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.conversation.likeness import likeness, plain, width
from tzurot.conversation.repeats import SHORTEST, is_repeat
from tzurot.conversation.scene import Line

CORPORA = Path(__file__).parent / "corpora"
KETTLE = '*She sets the kettle on the stove.* "You came early," she says. "Sit, if you like."'
LAMPS = "なるほど、それは面白い話ですね。では灯台の明かりについてもう少し聞かせてください。"
QUESTION = "Are you never lonely up here in the long and silent winter?"


def own(*said: str) -> list[Line]:
    """Return each as an answer to somebody."""
    pairs = [(Line("Ada", "hm", is_self=False), Line("Mira", one, is_self=True)) for one in said]
    return [line for pair in pairs for line in pair]


@pytest.mark.parametrize(
    ("said", "again"),
    [
        (KETTLE, KETTLE),
        (KETTLE, KETTLE.upper().replace("*", "_")),
        (KETTLE, KETTLE.replace("on the stove", "onto the stove") + " *smiles*"),
        (LAMPS, LAMPS.replace("。では", "、では") + "ね"),
        ("Маяк горит всю ночь напролёт, и все корабли знают это.",) * 2,
        ("البحر هادئ الليلة والضوء يدور كما كان يدور كل ليلة",) * 2,
        ("คืนนี้ทะเลสงบมาก แต่ลมแรงกว่าเมื่อวานเล็กน้อยนะคะ",) * 2,
    ],
    ids=["whole", "marks", "words", "japanese", "russian", "arabic", "thai"],
)
def test_the_same_again_is_a_repeat(said: str, again: str) -> None:
    assert is_repeat(again, own("Mind the step.", said, "And the cat."), "hm")


@pytest.mark.parametrize(
    ("said", "next_one"),
    [
        ("Yes.", "Yes."),
        ("*nods*", "*nods*"),
        ("Good night, Ada! Sleep well.", "Good night, Ada! Sleep well."),
        ("おやすみなさい、また明日。", "おやすみなさい、また明日。"),
        (
            KETTLE,
            '*She takes the kettle off the stove.* "It is late," she says. "Go, if you must."',
        ),
        (
            LAMPS,
            "今夜は波が高いから、船を出すのはやめておきなさい。明日になれば風も静かになるでしょう。",
        ),
    ],
)
def test_a_short_or_another_answer_is_none(said: str, next_one: str) -> None:
    assert not is_repeat(next_one, own(said), "hm")


def test_only_what_the_same_character_said_counts() -> None:
    assert not is_repeat(KETTLE, [Line("Juniper", KETTLE, is_self=False)], "hm")


def test_what_was_said_long_ago_may_be_said_again() -> None:
    later = [f"{number} {'gulls and terns ' * number}" for number in range(1, 11)]
    assert is_repeat(KETTLE, own(KETTLE, *later[1:]), "hm")
    assert not is_repeat(KETTLE, own(KETTLE, *later), "hm")


def test_an_answer_that_was_posted_in_parts_is_known_again() -> None:
    parts = [KETTLE, "Then she tells of the winter in which the sea froze.", "All of it, twice."]
    lines = [Line("Ada", "hm", is_self=False), *(Line("Mira", one, is_self=True) for one in parts)]
    assert is_repeat("\n".join(parts), lines, "hm")


def test_an_echo_of_the_message_counts_as_a_repeat() -> None:
    assert is_repeat(QUESTION, [], QUESTION)
    assert is_repeat(QUESTION.lower(), [], f"@Mira {QUESTION}")
    assert is_repeat(QUESTION, [], f"wait\n{QUESTION}")
    assert not is_repeat(f"{QUESTION} I am, and I tell the ships so.", [], QUESTION)
    assert not is_repeat("Are you lonely?", [], "Are you lonely?")


def test_different_honest_answers_are_far_from_alike() -> None:
    found = [
        plain(reply["text"])
        for path in CORPORA.glob("honest_*.toml")
        for reply in tomllib.loads(path.read_text(encoding="utf-8"))["reply"]
    ]
    long = [one for one in found if width(one) >= SHORTEST]
    assert max(likeness(*pair) for pair in combinations(long, 2)) < 0.6


def test_long_texts_of_one_language_are_far_from_alike() -> None:
    words = Path(__file__).parents[3].joinpath("README.md").read_text(encoding="utf-8")
    text = plain(words)
    half = len(text) // 2
    assert half > 2000
    assert likeness(text[:half], text[half:]) < 0.6


def test_the_time_grows_with_the_length_only() -> None:
    def seconds(length: int) -> float:
        one, other = (
            "".join(chr(97 + at * at % step % 26) for at in range(length)) for step in (9973, 9967)
        )
        begun = process_time()
        likeness(one, other)
        return process_time() - begun

    seconds(1000)
    # Eight times the length would be 64 times the time, if it grew with the square.
    assert min(seconds(64_000) for _ in range(3)) < 24 * min(seconds(8_000) for _ in range(3))


@given(st.text(), st.text())
def test_likeness_is_a_share(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1
