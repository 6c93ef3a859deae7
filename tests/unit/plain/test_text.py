"""Texts made harmless for where they stand, and otherwise left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.attacks import ATTACKS, TOKENS, Attack, unseen_in
from tzurot.plain import DATA, bracketed, cleaned, one_line, quoted, set_off, typed

HONEST = [
    "So long as men can breathe or eyes can see,\n  So long lives this,\n\tand this to thee.",
    "# Heading\n\n- [ ] a task\n- [x] done: see [the docs](https://example.org/a?b=[c])\n> a quote",
    "```python\nfound = {x: y[0] for x, y in z.items() if x <= 3}\nprint(f'{found}\\n')\n```",
    "xs |> List.map f <| 3; a || b; <b>bold</b> <div class='s'>x</div> <3 >:( <|:)",
    "Ben: did you say 'no'?\nAda: I did — “no”, loudly.",
    "\u05e9\u05dc\u05d5\u05dd, \u0645\u0631\u062d\u200f, \u0646\u06cc\u0645\u200c\u0631\u062e",
    "\U0001f469\u200d\U0001f4bb \u2764\ufe0f \U0001f44d\U0001f3fd \u845b\U000e0101",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f \U0001f3f4",
    "{{user}} is a macro, [12:30] is a time, </s-tag> and [INSTEAD] are words.",
]
texts = st.text(st.characters() | st.sampled_from("\n\r[]<>|“”: \u200b\ufdd0"), max_size=80)


@pytest.mark.parametrize("text", HONEST)
def test_honest_words_stay_as_they_are(text: str) -> None:
    assert cleaned(text) == text
    assert set_off(text).replace("\n  ", "\n") == text
    assert typed(text) == text


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_broken_and_can_still_be_read(token: str) -> None:
    for text in (token, f"a{token}b", token[:2] + "\u200b" + token[2:], token * 3):
        told = cleaned(text)
        assert token not in told
        assert told.replace(" ", "") == text.replace("\u200b", "")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_nothing_becomes_a_token_by_being_cleaned_again(attack: Attack) -> None:
    told = cleaned(attack.text)
    assert cleaned(told) == told
    assert not unseen_in(told)
    assert not [token for token in TOKENS if token in told]


@given(texts)
def test_no_line_begins_at_the_margin(text: str) -> None:
    first, *others = set_off(text).split("\n")
    assert all(line.startswith("  ") for line in others)
    assert len(f"{first}x".splitlines()) == 1
    told = set_off(text, first=True)
    assert all(line.startswith("  ") for line in told.split("\n")) or not told


@given(texts, st.none() | st.integers(1, 60))
def test_quotes_and_brackets_are_closed_by_us_alone(text: str, longest: int | None) -> None:
    told = quoted(text, longest)
    assert told[0] + told[-1] == "“”"
    assert not {*"“”\n\r", DATA} & {*told[1:-1]}
    assert longest is None or len(told) <= longest + 2
    depth, told = 0, bracketed("embed", text)
    for place, sign in enumerate(told, start=1):
        depth += (sign == "[") - (sign == "]")
        assert depth > 0 or place == len(told)


def test_what_people_type_is_not_attached() -> None:
    assert typed("[image: a.png: Ben] [File : x] [sticker]") == (
        "(image: a.png: Ben) (File : x) (sticker)"
    )
    assert typed("[forwarded message: a\nb]") == "(forwarded message: a\nb]"
    assert typed("[image](https://x) [images: two] ![poll]") == (
        "[image](https://x) [images: two] !(poll)"
    )
    assert bracketed("file", "a]b [c] [d") == "[file: a)b [c] (d]"


def test_what_nobody_sees_is_gone() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert cleaned(f"hi{hidden}\u200b\x00\ud800{DATA}") == "hi"
    assert cleaned(f"\U0001f3f4{hidden}{hidden}{hidden}\U000e007f") == "\U0001f3f4"
    assert cleaned("a\ufe0f\ufe0e\ufe0f") == "a\ufe0f"
    assert one_line(" a\r\n\u2028 b\t\x85c ") == "a b c"
