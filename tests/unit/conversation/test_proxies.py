"""Copies of what people say, by PluralKit and its like."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from tests.support.clock import Clock
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.pluralkit import PluralKitMember
from tzurot.conversation.proxies import PROXIES, WINDOW_MS, JustSaid, as_the_person

PLURALKIT = 466378653216014359
SECOND = 1000 << 22
A_BOT = 1000


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


def hook(content: str, at: int = SECOND, *, app: int | None = A_BOT) -> Incoming:
    """Return what a webhook says that is not PluralKit's or Tupperbox's."""
    return replace(copy(content, at, app=app), is_webhook=True)


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
        copy("hello", app=A_BOT),
        hook("hello"),
        copy("goodbye"),
        copy("hello", (WINDOW_MS + 1) << 22),
        copy("hello", -SECOND),
        replace(copy("hello"), channel_id=6),
    ],
    ids=["no app", "another app", "a webhook", "other words", "too late", "before it", "elsewhere"],
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


def test_a_member_of_a_system_that_is_known_is_told_by_its_id() -> None:
    luna = PluralKitMember(id="a-uuid", name="Luna", display_name="Luna L.", pronouns="")
    original, again = said("L: hello"), copy("hello")
    found = as_the_person(again, original, luna)
    # Under the name that everybody sees: a server may have its own for them.
    assert (found.proxied_as, found.author_name) == ("a-uuid", again.author_name)


# -- bots that nobody knows, told by what is deleted ----------------------------------------------


@pytest.mark.parametrize("again", [hook("hello"), hook("hello", app=None), copy("hello")])
def test_in_every_order_there_is_one_pair(again: Incoming) -> None:
    original = said("L: hello")
    for order in permutations(["said", "copied", "deleted"]):
        if order.index("deleted") < order.index("said"):
            continue  # nobody can delete what is not there
        words, pairs = JustSaid(), []
        for event in order:
            if event == "said":
                words.note(original)
            elif event == "deleted":
                pairs += words.deleted(5, [original.message_id])
            elif (found := words.original_of(again)) is not None:
                pairs.append((found, again))
        assert pairs == [(original, again)], order
        # And that is told once.
        assert words.deleted(5, [original.message_id]) == []
        assert words.original_of(again) is None


@pytest.mark.parametrize(
    "other",
    [
        hook("goodbye"),
        hook("hello", (WINDOW_MS + 1) << 22),
        hook("hello", -SECOND),
        hook(""),
        hook("\n[embed: a commit]"),
        replace(hook("hello"), channel_id=6),
        replace(hook("hello"), is_webhook=False),
    ],
    ids=["other words", "too late", "before it", "none", "an embed", "elsewhere", "no webhook"],
)
def test_a_webhook_that_repeats_nothing_stays_one(other: Incoming) -> None:
    original = said("L: hello")
    gone = [original.message_id]
    words = after(original)
    assert words.deleted(5, gone) == []
    assert words.original_of(other) is None
    words = after(original)
    assert words.original_of(other) is None
    assert words.deleted(5, gone) == []


def test_what_is_deleted_long_after_the_webhook_spoke_makes_no_pair() -> None:
    for seconds, is_pair in ((WINDOW_MS / 1000, True), (WINDOW_MS / 1000 + 1, False)):
        clock, original = Clock(), said("L: hello")
        words = JustSaid(clock.monotonic)
        words.note(original)
        assert words.original_of(hook("hello")) is None
        clock.pass_(seconds)
        assert bool(words.deleted(5, [original.message_id])) is is_pair


def test_a_copy_that_is_deleted_too_makes_no_pair() -> None:
    original, again = said("L: hello"), hook("hello")
    words = after(original)
    words.original_of(again)
    assert words.deleted(5, [again.message_id]) == []
    assert words.deleted(5, [original.message_id]) == []


def test_of_several_webhooks_the_one_that_says_most_of_it_is_the_copy() -> None:
    original = said("L: hello there")
    words = after(original)
    for one in (hook("hello"), hook("hello there", 2 * SECOND), hook("hello there", 3 * SECOND)):
        assert words.original_of(one) is None
    assert words.deleted(5, [original.message_id]) == [(original, hook("hello there", 2 * SECOND))]


def test_all_that_is_deleted_at_once_finds_its_copies() -> None:
    originals = [said("L: hi", 1), said("M: hi", 2), said("N: bye", 3)]
    copies = [hook("hi", SECOND), hook("hi", SECOND + 1), hook("bye", SECOND + 2)]
    words = after(*originals)
    for one in copies:
        assert words.original_of(one) is None
    gone = [one.message_id for one in reversed(originals)]
    assert words.deleted(5, [*gone, 99]) == list(zip(originals, copies, strict=True))
    assert words.deleted(404, gone) == []


@pytest.mark.parametrize("words", ["!", "a", "<3", ":)"])
def test_a_sign_or_a_letter_is_no_evidence_for_a_bot_that_nobody_knows(words: str) -> None:
    just_said, original = JustSaid(), said(words)
    just_said.note(original)
    just_said.deleted(original.channel_id, [original.message_id])
    again = replace(copy(words), application_id=4242, is_webhook=True)
    assert just_said.original_of(again) is None
