"""What is known of people: what a newer sight changes, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.support.queries import asked
from tzurot.history.people import Known, PeopleStore
from tzurot.storage.database import Database

ADA, BEN, GUILD = 1, 2, 10
IN_GUILD = Known(
    user_id=ADA,
    username="ada",
    display_name="Ada",
    nickname="The Countess",
    roles=("Owner", "Poet"),
    joined=date(2024, 5, 31),
)
BARE = Known(user_id=ADA, username="ada", display_name="Ada")


@pytest.fixture
def store(database: Database) -> PeopleStore:
    return PeopleStore(database)


async def kept(database: Database, guild: int | None = GUILD) -> Known | None:
    """Return what another process would read."""
    return (await PeopleStore(database).of(guild, [ADA])).get(ADA)


async def test_what_was_seen_is_read_again(store: PeopleStore, database: Database) -> None:
    await store.saw(GUILD, IN_GUILD, has_member=True)
    assert await kept(database) == IN_GUILD
    assert await kept(database, GUILD + 1) is None
    assert await kept(database, None) is None
    assert await store.of(GUILD, []) == {}


async def test_in_a_server_its_own_sight_counts_and_else_what_is_shown_everywhere(
    store: PeopleStore, database: Database
) -> None:
    ben = Known(user_id=BEN, username="ben", display_name="Ben")
    await store.saw(None, BARE, has_member=False)
    await store.saw(None, ben, has_member=False)
    await store.saw(GUILD, IN_GUILD, has_member=True)
    with asked(database) as statements:
        assert await store.of(GUILD, [ADA, BEN, 3]) == {ADA: IN_GUILD, BEN: ben}
    assert len(statements) == 1
    assert await store.of(None, [ADA]) == {ADA: BARE}


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_sight_without_the_member_takes_nothing_away(
    store: PeopleStore, database: Database, *, is_restarted: bool
) -> None:
    await store.saw(GUILD, IN_GUILD, has_member=True)
    newer = PeopleStore(database) if is_restarted else store
    await newer.saw(GUILD, replace(BARE, display_name="Ada L."), has_member=False)
    assert await kept(database) == replace(IN_GUILD, display_name="Ada L.")
    # Not even when it says something of the member.
    await newer.saw(GUILD, replace(BARE, roles=("Guest",)), has_member=False)
    assert await kept(database) == IN_GUILD


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_sight_with_the_member_counts_as_it_is(
    store: PeopleStore, database: Database, *, is_restarted: bool
) -> None:
    await store.saw(GUILD, BARE, has_member=False)
    await store.saw(GUILD, IN_GUILD, has_member=True)
    assert await kept(database) == IN_GUILD
    newer = PeopleStore(database) if is_restarted else store
    await newer.saw(GUILD, BARE, has_member=True)
    assert await kept(database) == BARE


async def test_who_looks_as_before_costs_nothing(store: PeopleStore, database: Database) -> None:
    await store.saw(GUILD, IN_GUILD, has_member=True)
    with asked(database) as statements:
        for _ in range(3):
            await store.saw(GUILD, IN_GUILD, has_member=True)
            await store.saw(GUILD, BARE, has_member=False)
    assert statements == []
    with asked(database) as statements:
        await store.saw(GUILD, replace(IN_GUILD, nickname=None), has_member=True)
    assert len(statements) == 1


async def test_after_a_restart_nothing_is_written_again(
    store: PeopleStore, database: Database
) -> None:
    async def mark() -> object:
        async with database.engine.connect() as connection:
            return (await connection.exec_driver_sql("SELECT xmin, seen_at FROM people")).all()

    await store.saw(GUILD, IN_GUILD, has_member=True)
    before = await mark()
    await PeopleStore(database).saw(GUILD, BARE, has_member=False)
    assert await mark() == before
    await PeopleStore(database).saw(GUILD, replace(BARE, username="ada2"), has_member=False)
    assert await mark() != before


async def test_what_is_kept_in_mind_is_bounded(
    store: PeopleStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tzurot.history.people._REMEMBERED", 2)
    for user_id in (1, 2, 1, 3):
        await store.saw(GUILD, replace(BARE, user_id=user_id), has_member=False)
    with asked(database) as statements:
        await store.saw(GUILD, BARE, has_member=False)
    assert statements == []
    with asked(database) as statements:
        await store.saw(GUILD, replace(BARE, user_id=2), has_member=False)
    assert len(statements) == 1
