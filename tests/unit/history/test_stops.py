"""Which turns somebody finds to stop, and what becomes of them; and words about turns."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import delete

from tzurot.characters.scope import Venue
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.notices import NoticeStore
from tzurot.history.stops import Stops
from tzurot.history.turns import UNFINISHED, Turn, TurnJournal, TurnState
from tzurot.storage.database import Database
from tzurot.storage.presence import Presence
from tzurot.storage.tables import CharacterRow

ADA, BEN = 1, 2
HERE, ELSEWHERE = 50, 51


@pytest.fixture
async def juniper(database: Database) -> UUID:
    await set_up_starters(database)
    found = await CharacterStore(database).find("Juniper", ADA)
    return found.id


@pytest.fixture
def journal(database: Database) -> TurnJournal:
    return TurnJournal(database, 1)


async def begin(
    journal: TurnJournal, juniper: UUID, trigger_id: int, user_id: int, channel_id: int = HERE
) -> Turn:
    (turn,) = await journal.open(
        channel_id=channel_id,
        trigger_id=trigger_id,
        character_ids=[juniper],
        user_id=user_id,
        payload={"author_name": f"Person {user_id}"},
        version=1,
    )
    return turn


async def test_people_stop_their_own_where_they_are(
    database: Database, journal: TurnJournal, juniper: UUID
) -> None:
    stops = Stops(database)
    mine = await begin(journal, juniper, 10, ADA)
    theirs = await begin(journal, juniper, 11, BEN)
    elsewhere = await begin(journal, juniper, 12, ADA, ELSEWHERE)
    assert [one.turn_id for one in await stops.going(HERE, by=ADA)] == [mine.id]
    assert await stops.stop(HERE, by=ADA, turn_id=theirs.id) == []
    assert await stops.stop(HERE, by=ADA, turn_id=elsewhere.id) == []
    (stopped,) = await stops.stop(HERE, by=ADA)
    assert (stopped.turn_id, stopped.character_name, stopped.person_name) == (
        *(mine.id, "Juniper", "Person 1"),
    )
    states = {}
    for one in (mine, theirs, elsewhere):
        found = await journal.get(one.id)
        assert found is not None
        states[one.trigger_id] = found.state
    assert states == {10: TurnState.CANCELLED, 11: TurnState.QUEUED, 12: TurnState.QUEUED}
    # It stays so, whatever its work comes to.
    await journal.move(mine.id, TurnState.GENERATING)
    assert not await journal.generated(mine, "Hello.")
    assert not await journal.excuse(mine, "internal", "Sorry.")
    assert await stops.stop(HERE, by=ADA) == []


async def test_whoever_may_stop_everybody_stops_one_or_all(
    database: Database, journal: TurnJournal, juniper: UUID
) -> None:
    stops = Stops(database)
    first, second, third = [await begin(journal, juniper, 10 + who, who) for who in (1, 2, 3)]
    await begin(journal, juniper, 20, BEN, ELSEWHERE)
    assert [one.turn_id for one in await stops.stop(HERE, by=None, turn_id=second.id)] == [
        second.id
    ]
    assert [one.turn_id for one in await stops.stop(HERE, by=None)] == [first.id, third.id]
    assert await stops.going(HERE, by=None) == []
    assert len(await stops.going(ELSEWHERE, by=None)) == 1


@pytest.mark.parametrize("state", TurnState)
async def test_what_is_being_said_is_not_stopped_any_more(
    database: Database, journal: TurnJournal, juniper: UUID, state: TurnState
) -> None:
    turn = await begin(journal, juniper, 10, ADA)
    await journal.move(turn.id, state)
    stopped = await Stops(database).stop(HERE, by=ADA)
    assert bool(stopped) is (state in UNFINISHED and state is not TurnState.DELIVERING)


async def test_a_word_is_left_when_its_turn_is_at_its_end(
    database: Database, journal: TurnJournal, juniper: UUID
) -> None:
    store, venue = NoticeStore(database, 1), Venue(HERE, 7)
    turn = await begin(journal, juniper, 10, ADA)
    notice = await store.begin(turn, venue)
    assert notice is not None
    assert await store.begin(turn, venue) is None
    assert await store.left() == []
    await journal.move(turn.id, TurnState.DELIVERED)
    (left,) = await store.left()
    assert (left.id, left.turn_id, left.message_id, left.after_id) == (notice, turn.id, None, 10)
    await store.posted(notice, 99)
    (left,) = await store.left()
    assert (left.message_id, left.venue) == (99, venue)
    await store.remove(notice)
    assert await store.left() == []


async def test_a_word_outlives_its_turn(
    database: Database, journal: TurnJournal, juniper: UUID
) -> None:
    store = NoticeStore(database, 1)
    turn = await begin(journal, juniper, 10, ADA)
    notice = await store.begin(turn, Venue(HERE, None))
    async with database.transaction() as session:
        await session.execute(delete(CharacterRow).where(CharacterRow.id == juniper))
    (left,) = await store.left()
    assert (left.id, left.turn_id) == (notice, None)


async def test_a_process_that_is_alive_takes_its_own_words_away(
    database: Database, juniper: UUID
) -> None:
    presence = Presence(database)
    await presence.start()
    try:
        journal = TurnJournal(database, presence.id)
        turn = await begin(journal, juniper, 10, ADA)
        await NoticeStore(database, presence.id).begin(turn, Venue(HERE, None))
        await journal.move(turn.id, TurnState.DELIVERED)
        another = NoticeStore(database, 2)
        assert await another.left() == []
    finally:
        await presence.stop()
    assert len(await another.left()) == 1
