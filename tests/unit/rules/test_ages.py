"""Ages: confirmed once, asked for before mature characters."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from tests.support.characters import make
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.store import CharacterStore
from tzurot.rules.ages import KEPT, AgePrompt, AgeStore, MatureStore, may_hear
from tzurot.storage.database import Database

ADA, BEN, HOST, GUILD = 1, 2, 9, 20


async def test_an_age_is_confirmed_once(database: Database) -> None:
    store = AgeStore(database)
    assert await store.confirmed_at(ADA) is None
    assert await asyncio.gather(*(store.confirm(ADA) for _ in range(3))) == [None] * 3
    first = await store.confirmed_at(ADA)
    assert first is not None
    assert await store.confirm(ADA) is None
    assert await store.confirmed_at(ADA) == first
    assert await store.confirmed_at(BEN) is None


def question(**more: Any) -> AgePrompt:  # noqa: ANN401 - any field
    asked_at = datetime(2027, 1, 1, tzinfo=UTC)
    fields: dict[str, Any] = {
        "user_id": ADA,
        "channel_id": 5,
        "message_id": 6,
        "payload": {"content": "a tale"},
    }
    fields |= {"version": 3, "character_ids": (UUID(int=1),), "asked_at": asked_at}
    return AgePrompt(**(fields | more))


async def test_what_waits_for_an_age_is_given_out_once(database: Database) -> None:
    store = AgeStore(database)
    await store.ask(question())
    later = datetime(2027, 1, 2, tzinfo=UTC)
    await store.ask(question(payload={"content": "another"}, asked_at=later))
    # The same question keeps its time, and the newest words wait.
    waiting = question(payload={"content": "another"})
    assert await store.waiting(ADA) == waiting
    assert await store.waiting(BEN) is None
    found = await asyncio.gather(*(store.confirm(ADA) for _ in range(3)))
    assert sorted(found, key=bool) == [None, None, waiting]
    assert await store.waiting(ADA) is None


async def test_where_a_question_stands_is_noted_unless_it_is_answered(database: Database) -> None:
    store = AgeStore(database)
    await store.ask(question(channel_id=0, message_id=0))
    await store.posted(ADA, 5, 6)
    assert await store.waiting(ADA) == question()
    await store.ask(question(message_id=7, asked_at=datetime(2027, 1, 9, tzinfo=UTC)))
    found = await store.confirm(ADA)
    assert found is not None
    assert (found.message_id, found.asked_at.day) == (7, 9)
    await store.posted(ADA, 5, 8)
    assert await store.waiting(ADA) is None


async def test_words_do_not_wait_for_ever(database: Database) -> None:
    store, asked_at = AgeStore(database), question().asked_at
    await store.ask(question())
    await store.ask(question(user_id=BEN, asked_at=asked_at + KEPT))
    assert await store.waiting(ADA) == question()
    await store.ask(question(user_id=BEN, message_id=7, asked_at=asked_at + KEPT * 1.1))
    assert await store.waiting(ADA) is None
    assert await store.waiting(BEN) is not None


@pytest.mark.parametrize(
    ("is_mature", "is_mature_here", "gate", "restricted", "confirmed", "may"),
    [
        (False, False, "mature", False, False, True),
        (True, False, "mature", False, False, False),
        (True, False, "mature", False, True, True),
        (True, False, "mature", True, False, True),
        (False, True, "mature", False, False, False),
        (False, True, "mature", False, True, True),
        (False, True, "mature", True, False, True),
        (False, False, "all", False, False, False),
        (False, False, "all", False, True, True),
        (False, False, "all", True, False, True),
        (True, False, "all", False, False, False),
    ],
)
def test_who_may_hear_whom(  # noqa: PLR0913  each is a column
    gate: Literal["mature", "all"],
    *,
    is_mature: bool,
    is_mature_here: bool,
    restricted: bool,
    confirmed: bool,
    may: bool,
) -> None:
    found = may_hear(
        is_mature=is_mature,
        is_mature_here=is_mature_here,
        is_age_restricted_place=restricted,
        has_confirmed=confirmed,
        gate=gate,
    )
    assert found is may


async def test_the_owner_or_the_host_says_that_a_character_is_mature(database: Database) -> None:
    store = CharacterStore(database)
    cat = await make(database, "Cat", ADA)
    (found,) = await store.visible_to(BEN)
    assert not found.is_mature
    with pytest.raises(CharacterError, match="Only the owner"):
        await store.set_mature(Actor(BEN), cat, is_mature=True)
    changed = await store.set_mature(Actor(ADA), cat, is_mature=True)
    assert changed.is_mature
    assert changed.version == found.version + 1
    assert [one.is_mature for one in await store.visible_to(BEN)] == [True]
    assert [one.is_mature for one in await store.names_visible_to(BEN)] == [True]
    host = Actor(HOST, is_host=True)
    assert not (await store.set_mature(host, cat, is_mature=False)).is_mature


async def test_a_server_says_it_for_itself_alone(database: Database) -> None:
    store, characters = MatureStore(database), CharacterStore(database)
    cat, ant = [await make(database, name, ADA) for name in ("Cat", "Ant")]
    assert await store.flag_mature(GUILD, cat, by=BEN)
    assert not await store.flag_mature(GUILD, cat, by=ADA)
    assert await store.mature_in(GUILD, [cat, ant]) == {cat}
    assert await store.mature_in(GUILD + 1, [cat, ant]) == set()
    assert await store.mature_in(None, [cat, ant]) == set()
    # The character itself is as it was.
    assert not any(one.is_mature for one in await characters.names_visible_to(ADA))
    assert not await store.unflag_mature(GUILD + 1, cat)
    assert await store.unflag_mature(GUILD, cat)
    assert await store.mature_in(GUILD, [cat]) == set()
    await store.flag_mature(GUILD, cat, by=BEN)
    await characters.delete(Actor(ADA), cat)
    assert await store.mature_in(GUILD, [cat]) == set()
    with pytest.raises(CharacterError, match="There is no character"):
        await store.flag_mature(GUILD, cat, by=BEN)
