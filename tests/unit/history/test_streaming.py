"""What the journal knows of replies that are shown while they are written."""

from __future__ import annotations

import pytest

from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.turns import Turn, TurnJournal, TurnState
from tzurot.storage.database import Database

ADA = 1
CHANNEL = 50
TRIGGER = 10


@pytest.fixture
async def journal(database: Database) -> TurnJournal:
    await set_up_starters(database)
    return TurnJournal(database, 1)


@pytest.fixture
async def turn(database: Database, journal: TurnJournal) -> Turn:
    """A turn that is being written."""
    (character, *_) = await CharacterStore(database).visible_to(ADA)
    (turn,) = await journal.open(
        channel_id=CHANNEL,
        trigger_id=TRIGGER,
        character_ids=[character.id],
        user_id=ADA,
        payload={"content": "hello", "images": []},
        version=1,
    )
    await journal.move(turn.id, TurnState.GENERATING)
    return await now(journal, turn)


async def now(journal: TurnJournal, turn: Turn) -> Turn:
    found = await journal.get(turn.id)
    assert found is not None
    return found


async def show(journal: TurnJournal, turn: Turn, *texts: str) -> None:
    """Let a reply be seen that is being written, under the ids 100, 101, ..."""
    parts = await journal.show(turn, list(texts))
    assert parts is not None
    for part in parts:
        await journal.parts.posted(turn.id, part.position, 100 + part.position)


async def parts(journal: TurnJournal, turn: Turn) -> list[tuple[str, int | None, bool]]:
    return [(one.content, one.message_id, one.is_due) for one in await journal.parts.of(turn.id)]


async def test_what_is_shown_is_changed_into_the_whole(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One")
    await journal.show(turn, ["One two"])
    assert await parts(journal, turn) == [("One two", 100, True)]
    assert await journal.generated(turn, "One two three. Four.")
    written = await now(journal, turn)
    assert (written.state, written.reply) == (TurnState.STREAMING, "One two three. Four.")
    # Nothing is shown of what is written by now.
    assert await journal.show(turn, ["One two three."]) is None
    await journal.plan(written, ["One two three.", "Four."])
    assert await parts(journal, turn) == [("One two three.", 100, True), ("Four.", None, False)]
    assert (await now(journal, turn)).state is TurnState.DELIVERING


async def test_a_shorter_whole_takes_the_rest_away(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One", "two", "three")
    await journal.show(turn, ["One", "two", "three", "four"])
    await journal.generated(turn, "One")
    await journal.plan(await now(journal, turn), ["One"])
    # The fourth was never posted, and is forgotten.
    assert await parts(journal, turn) == [("One", 100, False), ("", 101, True), ("", 102, True)]


async def test_what_is_shown_takes_in_no_further_message(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One")
    taken = await journal.extend([turn.id], trigger_id=11, payload={}, version=1, most_restarts=2)
    assert taken == []


async def test_a_deleted_question_leaves_no_reply(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One")
    assert await journal.forget(CHANNEL, [TRIGGER]) == [turn.id]
    assert not await journal.generated(turn, "One two")
    assert not await journal.excuse(turn, "internal", "Sorry.")
    gone = await now(journal, turn)
    assert (gone.state, gone.reply, gone.payload["content"]) == (TurnState.STREAMING, "", "")
    await journal.plan(gone, [])
    assert await parts(journal, turn) == [("", 100, True)]


async def test_a_question_that_is_deleted_when_its_reply_is_known(
    journal: TurnJournal, turn: Turn
) -> None:
    await show(journal, turn, "One")
    await journal.generated(turn, "One two")
    written = await now(journal, turn)
    await journal.forget(CHANNEL, [TRIGGER])
    assert await journal.plan(written, ["One two"]) is None
    assert await journal.plan(await now(journal, turn), []) is not None


async def test_an_excuse_takes_the_place_of_what_is_shown(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One", "two")
    assert await journal.excuse(turn, "internal", "Sorry.")
    excused = await now(journal, turn)
    assert (excused.state, excused.reply, excused.failure) == (
        TurnState.STREAMING,
        "Sorry.",
        "internal",
    )
    await journal.plan(excused, ["Sorry."])
    assert await parts(journal, turn) == [("Sorry.", 100, True), ("", 101, True)]


async def test_a_proxy_says_again_what_is_being_answered(journal: TurnJournal, turn: Turn) -> None:
    await show(journal, turn, "One")
    moved = await journal.carry_over(CHANNEL, TRIGGER, 12, payload={"content": "hi"}, version=1)
    assert moved == []
    assert await journal.show(turn, ["One two"]) is not None
    assert await journal.generated(turn, "One two three")
    assert (await now(journal, turn)).trigger_id == 12


async def test_a_part_that_somebody_takes_away_is_known_to_be_gone(
    journal: TurnJournal, turn: Turn
) -> None:
    await show(journal, turn, "One", "two")
    assert await journal.forget(CHANNEL, [100]) == []
    await journal.parts.gone(CHANNEL, 101)
    shown = await journal.show(turn, ["One", "two three", "four"])
    assert shown is not None
    assert [part.is_gone for part in shown] == [True, True, False]
    # What is there under another id is not gone; what was gone under this one is.
    await journal.parts.posted(turn.id, 0, 300)
    await journal.parts.posted(turn.id, 1, 101)
    assert [part.is_gone for part in await journal.parts.of(turn.id)] == [False, True, False]


async def test_who_takes_up_what_was_shown_writes_it_anew(
    database: Database, journal: TurnJournal, turn: Turn
) -> None:
    await show(journal, turn, "One")
    other = TurnJournal(database, 2)
    (taken,) = await other.take_up()
    assert (taken.state, taken.reply) == (TurnState.STREAMING, None)
    # The process that was thought dead writes no more.
    assert await journal.show(turn, ["One two"]) is None
    assert not await journal.generated(turn, "One two")
    assert await other.generated(taken, "Another")
    assert await other.plan(await now(other, taken), ["Another"]) is not None
    assert await parts(other, taken) == [("Another", 100, True)]
