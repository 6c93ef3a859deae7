"""Ages: confirmed once, asked for before mature characters."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from tests.support.characters import make
from tzurot.characters.access import Actor
from tzurot.characters.ages import AgeStore, may_hear
from tzurot.characters.errors import CharacterError
from tzurot.characters.store import CharacterStore
from tzurot.storage.database import Database

ADA, BEN, HOST = 1, 2, 9


async def test_an_age_is_confirmed_once(database: Database) -> None:
    store = AgeStore(database)
    assert await store.confirmed_at(ADA) is None
    assert sum(await asyncio.gather(*(store.confirm(ADA) for _ in range(3)))) == 1
    first = await store.confirmed_at(ADA)
    assert first is not None
    assert not await store.confirm(ADA)
    assert await store.confirmed_at(ADA) == first
    assert await store.confirmed_at(BEN) is None


@pytest.mark.parametrize(
    ("is_mature", "gate", "restricted", "confirmed", "may"),
    [
        (False, "mature", False, False, True),
        (True, "mature", False, False, False),
        (True, "mature", False, True, True),
        (True, "mature", True, False, True),
        (False, "all", False, False, False),
        (False, "all", False, True, True),
        (False, "all", True, False, True),
        (True, "all", False, False, False),
    ],
)
def test_who_may_hear_whom(
    gate: Literal["mature", "all"], *, is_mature: bool, restricted: bool, confirmed: bool, may: bool
) -> None:
    found = may_hear(
        is_mature=is_mature,
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
