"""Aliases: whose counts for whom, and what cannot be one."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.characters import make
from tzurot.characters.access import Actor
from tzurot.characters.aliases import ALIASES_MOST, AliasStore
from tzurot.characters.errors import CharacterError
from tzurot.characters.naming import folded
from tzurot.characters.store import CharacterStore
from tzurot.storage.database import Database

ADA, BEN, HOST = Actor(1), Actor(2), Actor(9, is_host=True)


@pytest.fixture
def store(database: Database) -> AliasStore:
    return AliasStore(database)


@pytest.fixture
async def cat(database: Database) -> UUID:
    return await make(database, "Cat", ADA.user_id)


@pytest.fixture
async def ant(database: Database) -> UUID:
    return await make(database, "Dr. Ant", BEN.user_id)


async def test_ones_own_come_first_then_everybodys_by_age(
    store: AliasStore, cat: UUID, ant: UUID
) -> None:
    await store.add(ADA, cat, "Puss", is_global=True)
    await store.add(BEN, ant, "Doc", is_global=True)
    assert await store.add(BEN, cat, "  My   cat ", is_global=False) == "My cat"
    await store.add(BEN, ant, "puss", is_global=False)
    everybodys = [("Puss", cat), ("Doc", ant)]
    assert await store.for_user(BEN.user_id) == [("My cat", cat), ("puss", ant), *everybodys]
    assert await store.for_user(ADA.user_id) == everybodys


async def test_two_people_may_use_one_name(store: AliasStore, cat: UUID, ant: UUID) -> None:
    await store.add(ADA, cat, "You", is_global=False)
    await store.add(BEN, ant, "You", is_global=False)
    assert await store.for_user(ADA.user_id) == [("You", cat)]
    assert await store.for_user(BEN.user_id) == [("You", ant)]


@pytest.mark.parametrize("is_global", [False, True])
@pytest.mark.parametrize("wanted", ["cat", "CAT", "Dr. Ant", "dr-ant", " dr.   ant "])
@pytest.mark.usefixtures("ant")
async def test_what_somebody_is_called_is_no_alias(
    store: AliasStore, cat: UUID, wanted: str, *, is_global: bool
) -> None:
    with pytest.raises(CharacterError, match="comes first") as refused:
        await store.add(ADA, cat, wanted, is_global=is_global)
    suggestion = str(refused.value).split("How about “")[1].split("”")[0]
    assert await store.add(ADA, cat, suggestion, is_global=is_global)


async def test_a_name_that_one_does_not_see_is_free(
    store: AliasStore, database: Database, cat: UUID
) -> None:
    await make(database, "Hidden", BEN.user_id, is_public=False)
    assert await store.add(ADA, cat, "Hidden", is_global=False)
    with pytest.raises(CharacterError, match="comes first"):
        await store.add(BEN, cat, "Hidden", is_global=False)


@pytest.mark.parametrize("is_global", [False, True])
async def test_the_same_alias_twice_is_refused(
    store: AliasStore, database: Database, cat: UUID, *, is_global: bool
) -> None:
    other = await make(database, "Other", ADA.user_id)
    await store.add(ADA, cat, "Puss", is_global=is_global)
    for character in (cat, other):
        with pytest.raises(CharacterError, match="is another name of Cat already"):
            await store.add(ADA, character, "PUSS", is_global=is_global)


@pytest.mark.parametrize("is_global", [False, True])
async def test_of_two_at_once_one_is_kept(
    store: AliasStore, database: Database, cat: UUID, *, is_global: bool
) -> None:
    other = await make(database, "Other", ADA.user_id)
    adding = (store.add(ADA, who, "Puss", is_global=is_global) for who in (cat, other) * 2)
    found = await asyncio.gather(*adding, return_exceptions=True)
    assert sum(isinstance(one, CharacterError) for one in found) == 3
    assert len(await store.for_user(ADA.user_id)) == 1


async def test_a_hidden_characters_alias_is_not_told(
    store: AliasStore, database: Database, cat: UUID
) -> None:
    hidden = await make(database, "Hidden", BEN.user_id, is_public=False)
    await store.add(BEN, hidden, "Puss", is_global=True)
    assert await store.for_user(ADA.user_id) == []
    await store.add(ADA, cat, "Puss", is_global=True)
    assert await store.for_user(ADA.user_id) == [("Puss", cat)]
    # The older one counts for who sees both.
    assert await store.for_user(BEN.user_id) == [("Puss", hidden), ("Puss", cat)]
    with pytest.raises(CharacterError, match="already"):
        await store.add(HOST, hidden, "Puss", is_global=True)


async def test_who_may_name_whom(store: AliasStore, database: Database, cat: UUID) -> None:
    hidden = await make(database, "Hidden", ADA.user_id, is_public=False)
    with pytest.raises(CharacterError, match="Only the owner"):
        await store.add(BEN, cat, "Puss", is_global=True)
    for character, is_global in ((hidden, True), (hidden, False), (uuid4(), False)):
        with pytest.raises(CharacterError, match="There is no character"):
            await store.add(BEN, character, "Puss", is_global=is_global)
    await store.add(HOST, cat, "Puss", is_global=True)
    with pytest.raises(CharacterError, match="Only the owner"):
        await store.remove(BEN, cat, "Puss", is_global=True)


@pytest.mark.parametrize("wrong", ["", "  ", "x" * 81, "a@b", "two\nlines`", "Everyone"])
async def test_a_name_that_cannot_be_written_is_refused(
    store: AliasStore, cat: UUID, wrong: str
) -> None:
    with pytest.raises(CharacterError):
        await store.add(ADA, cat, wrong, is_global=False)


async def test_an_alias_is_removed_by_its_kind(store: AliasStore, cat: UUID, ant: UUID) -> None:
    await store.add(ADA, cat, "Puss", is_global=True)
    await store.add(ADA, cat, "Puss", is_global=False)
    for who, character in ((BEN, cat), (ADA, ant)):
        with pytest.raises(CharacterError, match="not another name"):
            await store.remove(who, character, "Puss", is_global=False)
    await store.remove(ADA, cat, " puss", is_global=False)
    assert await store.for_user(ADA.user_id) == [("Puss", cat)]
    await store.remove(HOST, cat, "puss", is_global=True)
    assert await store.for_user(ADA.user_id) == []


async def test_there_are_only_so_many(store: AliasStore, cat: UUID, ant: UUID) -> None:
    for number in range(ALIASES_MOST):
        await store.add(ADA, cat, f"Global {number}", is_global=True)
        await store.add(ADA, (cat, ant)[number % 2], f"Own {number}", is_global=False)
    for is_global in (True, False):
        with pytest.raises(CharacterError, match="25 other names already"):
            await store.add(ADA, cat, "One more", is_global=is_global)
    await store.add(BEN, ant, "One more", is_global=True)
    await store.add(BEN, cat, "And mine", is_global=False)


async def test_a_deleted_character_takes_its_aliases_along(
    store: AliasStore, database: Database, cat: UUID
) -> None:
    await store.add(BEN, cat, "Puss", is_global=False)
    await CharacterStore(database).delete(ADA, cat)
    assert await store.for_user(BEN.user_id) == []


@given(st.text())
def test_folding_twice_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)
