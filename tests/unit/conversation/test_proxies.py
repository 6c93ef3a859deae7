"""Copies of what people say, by PluralKit and its like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tzurot.conversation.incoming import Incoming
from tzurot.conversation.proxies import PROXIES, WINDOW_MS, JustSaid, as_the_person

PLURALKIT = 466378653216014359
SECOND = 1000 << 22


def said(content: str, at: int = 0, *, channel: int = 5, author: int = 9) -> Incoming:
    return Incoming(
        message_id=(1 << 40) + at,
        channel_id=channel,
        guild_id=7,
        author_id=author,
        author_name="ada",
        is_person=True,
        content=content,
        reply_to_id=33,
    )


def copy(content: str, at: int = SECOND, *, app: int | None = PLURALKIT) -> Incoming:
    copied = replace(said(content, at), is_person=False, author_id=77, author_name="Luna")
    return replace(copied, application_id=app, reply_to_id=None)


def after(*words: Incoming) -> JustSaid:
    found = JustSaid()
    for one in words:
        found.note(one)
    return found


def test_both_bots_are_known() -> None:
    assert {PLURALKIT, 431544605209788416} == PROXIES


@pytest.mark.parametrize(
    ("original", "again"),
    [
        ("hello there", "hello there"),
        ("L: hello there", "hello there"),
        ("{hello there}", "hello there"),
        ("hello there -luna", "hello there"),
        ("L: look\n[image: a.png]", "look\n[image: a.png]"),
        ("L: hello", "hello\n[embed: ada: what was answered]"),
    ],
)
def test_the_original_is_found_with_or_without_its_tags(original: str, again: str) -> None:
    words = said(original)
    assert after(said("something else", 5), words).original_of(copy(again)) == words


@pytest.mark.parametrize(
    "again",
    [
        copy("hello", app=None),
        copy("hello", app=1000),
        copy("goodbye"),
        copy("hello", (WINDOW_MS + 1) << 22),
        copy("hello", -SECOND),
        replace(copy("hello"), channel_id=6),
    ],
    ids=["no app", "another app", "other words", "too late", "before it", "elsewhere"],
)
def test_what_is_no_copy_is_none(again: Incoming) -> None:
    assert after(said("L: hello")).original_of(again) is None


def test_a_long_text_that_happens_to_hold_the_words_is_not_the_original() -> None:
    assert after(said("hello " + "and more " * 20)).original_of(copy("hello")) is None


def test_each_original_has_one_copy_in_order() -> None:
    first, second = said("L: hi", 1), said("M: hi", 2)
    words = after(first, second)
    assert words.original_of(copy("hi")) == first
    assert words.original_of(copy("hi")) == second
    assert words.original_of(copy("hi")) is None


def test_the_copy_counts_as_the_person_under_its_own_name() -> None:
    original, again = said("L: hello"), copy("hello\n[embed: a quote]")
    found = as_the_person(again, original)
    assert (found.message_id, found.content, found.author_name) == (
        again.message_id,
        "hello",
        "Luna",
    )
    assert (found.author_id, found.is_person, found.reply_to_id) == (9, True, 33)


def test_what_is_kept_in_mind_is_bounded() -> None:
    words = JustSaid()
    for channel in range(3000):
        words.note(said("hi", channel=channel))
    assert words.original_of(replace(copy("hi"), channel_id=0)) is None
    assert words.original_of(replace(copy("hi"), channel_id=2999)) is not None
