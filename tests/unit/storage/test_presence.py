"""How processes know of each other whether they are alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text

from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.turns import Turn, TurnJournal, TurnState
from tzurot.settings import load_settings
from tzurot.storage.database import Database
from tzurot.storage.presence import Presence, is_present
from tzurot.storage.tables import TurnRow

CHANNEL = 50


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """What another process has of the same database."""
    found = await Database.open(load_settings(database_url=database_url))
    yield found
    await found.close()


async def begin(journal: TurnJournal, database: Database, *trigger_ids: int) -> list[Turn]:
    await set_up_starters(database)
    [first, *_] = await CharacterStore(database).visible_to(1)
    turns = []
    for trigger_id in trigger_ids:
        turns += await journal.open(
            channel_id=CHANNEL,
            trigger_id=trigger_id,
            character_ids=[first.id],
            user_id=1,
            payload={},
            version=1,
        )
    return turns


async def drop_connections(database: Database) -> None:
    """End every other connection to this database, as a restart of the server would."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )


async def test_a_turn_is_taken_when_its_process_is_gone_and_not_before(
    database: Database, other: Database
) -> None:
    here, there = Presence(database), Presence(other)
    await here.start()
    await there.start()
    mine, theirs = TurnJournal(database, here.id), TurnJournal(other, there.id)
    first, second = await begin(mine, database, 10, 11)
    assert await theirs.take_up() == []
    await here.stop()
    assert [turn.id for turn in await theirs.take_up()] == [first.id, second.id]
    assert await theirs.take_up() == []
    await there.stop()


async def test_who_lost_a_turn_moves_it_no_further(database: Database) -> None:
    gone, here = TurnJournal(database, 1), TurnJournal(database, 2)
    (turn,) = await begin(gone, database, 10)
    await gone.move(turn.id, TurnState.GENERATING)
    (taken,) = await here.take_up()
    assert not await gone.generated(turn, "twice")
    await gone.fail(turn, "late")
    await gone.move(turn.id, TurnState.DELIVERED)
    assert await here.generated(taken, "once")
    assert await gone.plan(turn, ["twice"]) is None
    assert await here.plan(taken, ["once"]) is not None


async def test_a_turn_waits_for_earlier_ones_of_another_process(
    database: Database, other: Database
) -> None:
    here, there = Presence(database), Presence(other)
    await here.start()
    await there.start()
    mine, theirs = TurnJournal(database, here.id), TurnJournal(other, there.id)
    (first,) = await begin(mine, database, 10)
    (second,) = await begin(theirs, database, 11)
    (third,) = await begin(mine, database, 12)

    async def waits(turn: Turn) -> bool:
        found = await mine.get(turn.id)
        assert found is not None
        return found.waits

    assert [await waits(turn) for turn in (first, second, third)] == [False, True, True]
    await mine.move(first.id, TurnState.DELIVERED)
    assert [await waits(turn) for turn in (second, third)] == [False, True]
    await there.stop()
    assert not await waits(third)
    await here.stop()


async def test_a_process_is_seen_again_after_the_database_was_away(
    database: Database, other: Database
) -> None:
    presence = Presence(database)
    await presence.start()
    await begin(TurnJournal(database, presence.id), database, 10)
    holder = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
    query = select(is_present(TurnRow.owner))
    pids = set()
    for _ in range(3):
        async with asyncio.timeout(10):
            pid = None
            while pid is None or pid in pids:
                async with other.transaction() as session:
                    pid = await session.scalar(holder)
                    assert pid is None or pid in pids or await session.scalar(query)
        pids.add(pid)
        await drop_connections(other)
    await presence.stop()
    async with other.transaction() as session:
        assert not await session.scalar(query)
