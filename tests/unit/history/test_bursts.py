"""What the journal knows of bursts: several messages of one author, answered by one turn."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from tzurot.characters.scope import Scope, Venue
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.history.records import TurnRecord
from tzurot.history.turns import Turn, TurnJournal, TurnState
from tzurot.storage.database import Database
from tzurot.storage.tables import TurnRecordRow

ADA = 1
CHANNEL = 50


@pytest.fixture
async def cast(database: Database) -> tuple[UUID, UUID]:
    await set_up_starters(database)
    first, second = await CharacterStore(database).visible_to(ADA)
    return first.id, second.id


@pytest.fixture
def journal(database: Database) -> TurnJournal:
    return TurnJournal(database, 1)


def payload(trigger_id: int) -> dict[str, object]:
    return {"content": f"message {trigger_id}", "images": ["one"]}


async def begin(journal: TurnJournal, trigger_id: int, *who: UUID) -> list[Turn]:
    return await journal.open(
        channel_id=CHANNEL,
        trigger_id=trigger_id,
        character_ids=who,
        user_id=ADA,
        payload=payload(trigger_id),
        version=1,
    )


async def extend(journal: TurnJournal, trigger_id: int, *turns: Turn) -> list[UUID]:
    return await journal.extend(
        [turn.id for turn in turns],
        trigger_id=trigger_id,
        payload=payload(trigger_id),
        version=1,
        most_restarts=2,
    )


async def now(journal: TurnJournal, turn: Turn) -> Turn:
    found = await journal.get(turn.id)
    assert found is not None
    return found


async def test_a_turn_that_waits_takes_in_any_number_of_messages(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    for trigger_id in (11, 12, 13, 14):
        assert await extend(journal, trigger_id, turn) == [turn.id]
    found = await now(journal, turn)
    assert (found.trigger_id, found.restarts, found.payload) == (14, 0, payload(14))
    assert await journal.earlier(turn.id) == [10, 11, 12, 13]
    # Each of them counts as answered, whoever hears it again.
    for trigger_id in range(10, 15):
        assert await begin(journal, trigger_id, cast[0]) == []
    assert len(await begin(journal, 11, cast[1])) == 1


@pytest.mark.parametrize("state", [TurnState.GENERATING, TurnState.GENERATED])
async def test_what_is_being_written_begins_again_twice_at_most(
    journal: TurnJournal, cast: tuple[UUID, UUID], state: TurnState
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    for restarts, trigger_id in enumerate((11, 12), start=1):
        before = await now(journal, turn)
        await journal.move(turn.id, TurnState.GENERATING)
        if state is TurnState.GENERATED:
            assert await journal.generated(before, "Hello.")
        assert await extend(journal, trigger_id, turn) == [turn.id]
        found = await now(journal, turn)
        assert (found.state, found.reply, found.restarts) == (TurnState.QUEUED, None, restarts)
        # What was written before cannot be brought in any more.
        assert not await journal.generated(before, "Hello.")
        assert await journal.plan(before, ["Hello."]) is None
    await journal.move(turn.id, TurnState.GENERATING)
    assert await extend(journal, 13, turn) == []
    assert (await now(journal, turn)).trigger_id == 12


async def test_of_what_is_shown_nothing_is_taken_back(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await journal.move(turn.id, TurnState.GENERATING)
    assert await journal.generated(turn, "Hello.")
    assert await journal.plan(turn, ["Hello."]) is not None
    assert await extend(journal, 11, turn) == []
    # A second plan would be a second reply.
    assert await journal.plan(turn, ["Hello."]) is None


async def test_a_record_is_of_the_answer_that_counts(
    journal: TurnJournal, database: Database, cast: tuple[UUID, UUID]
) -> None:
    async def kept() -> list[str]:
        async with database.transaction() as session:
            rows = list(await session.scalars(select(TurnRecordRow)))
        return [row.record["model"]["asked"] for row in rows]

    (turn,) = await begin(journal, 10, cast[0])
    await journal.move(turn.id, TurnState.GENERATING)
    assert await journal.generated(turn, "Hello.", TurnRecord(asked="first"))
    await extend(journal, 11, turn)
    # What was written for its older form is not kept, nor how.
    assert not await journal.generated(turn, "Hello.", TurnRecord(asked="late"))
    await journal.fail(turn, "empty", TurnRecord(asked="late"))
    assert await kept() == ["first"]
    await journal.fail(await now(journal, turn), "empty", TurnRecord(asked="second"))
    assert await kept() == ["second"]


async def test_posting_and_extending_at_once_is_one_of_them(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    for round_ in range(10):
        (turn,) = await begin(journal, 100 + 2 * round_, cast[0])
        await journal.move(turn.id, TurnState.GENERATING)
        assert await journal.generated(turn, "Hello.")
        planned, extended = await asyncio.gather(
            journal.plan(turn, ["Hello."]), extend(journal, 101 + 2 * round_, turn)
        )
        assert (planned is None) is bool(extended)


async def test_a_burst_of_which_one_is_deleted_is_answered_all_the_same(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await extend(journal, 11, turn)
    await extend(journal, 12, turn)
    assert await journal.forget(CHANNEL, [12]) == [turn.id]
    found = await now(journal, turn)
    assert (found.state, found.trigger_id, found.payload) == (TurnState.QUEUED, 11, payload(11))
    assert await journal.forget(CHANNEL, [10]) == [turn.id]
    assert await journal.earlier(turn.id) == []
    assert await journal.forget(CHANNEL, [11]) == [turn.id]
    found = await now(journal, turn)
    assert found.state is TurnState.CANCELLED
    assert found.payload == {"content": "", "images": []}
    assert await journal.forget(CHANNEL, [11]) == []


async def test_a_copy_takes_the_place_of_an_earlier_message_of_a_burst(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await extend(journal, 12, turn)
    found = await journal.carry_over(CHANNEL, 10, 11, payload=payload(11), version=1)
    assert found == []  # what is answered last stays what it is
    assert await journal.earlier(turn.id) == [11]
    assert await begin(journal, 11, cast[0]) == []
    assert await journal.carry_over(CHANNEL, 99, 98, payload=payload(98), version=1) is None


async def test_a_copy_begins_what_is_being_written_again(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await journal.move(turn.id, TurnState.GENERATING)
    found = await journal.carry_over(CHANNEL, 10, 11, payload=payload(11), version=1)
    assert found == [turn.id]
    after = await now(journal, turn)
    assert (after.state, after.trigger_id, after.restarts) == (TurnState.QUEUED, 11, 0)
    assert not await journal.generated(turn, "Hello.")


async def test_in_a_dm_a_burst_to_one_is_not_read_by_another(
    database: Database, journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    messages = MessageStore(database)
    await messages.record(
        Message(
            channel_id=CHANNEL,
            id=number,
            author_kind=AuthorKind.PERSON,
            author_id=ADA,
            author_name="Ada",
            content=f"message {number}",
        )
        for number in (9, 10, 11)
    )
    (turn,) = await begin(journal, 10, cast[0])
    await extend(journal, 11, turn)
    dm = Venue(CHANNEL, None)
    mine, theirs = (Scope(ADA, character_id, dm) for character_id in cast)
    assert [one.id for one in await messages.recent(mine, up_to=11, limit=9)] == [9, 10, 11]
    assert [one.id for one in await messages.recent(theirs, up_to=11, limit=9)] == [9]


async def test_of_two_turns_of_one_character_the_later_takes_in_what_follows(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (first,) = await begin(journal, 10, cast[0])
    second, other = await begin(journal, 11, *cast)
    assert await extend(journal, 12, first, second, other) == [second.id, other.id]
    assert (await now(journal, first)).trigger_id == 10
    assert await journal.earlier(second.id) == [11]


async def test_what_is_written_is_not_posted_when_its_message_is_deleted(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await journal.move(turn.id, TurnState.GENERATING)
    assert await journal.generated(turn, "Hello.")
    assert await journal.forget(CHANNEL, [10]) == [turn.id]
    assert (await now(journal, turn)).state is TurnState.CANCELLED
    assert await journal.plan(turn, ["Hello."]) is None


async def test_a_failure_is_of_what_was_answered_and_not_of_what_came_meanwhile(
    journal: TurnJournal, cast: tuple[UUID, UUID]
) -> None:
    (turn,) = await begin(journal, 10, cast[0])
    await journal.move(turn.id, TurnState.GENERATING)
    assert await extend(journal, 11, turn) == [turn.id]
    await journal.fail(turn, "empty")
    after = await now(journal, turn)
    assert after.state is TurnState.QUEUED
    await journal.fail(after, "empty")
    assert (await now(journal, turn)).state is TurnState.FAILED
