"""What is kept of what was said, who may read it, and the journal of turns."""

from dataclasses import replace
from uuid import UUID

import pytest

from tzurot.characters.scope import Scope, Venue
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.answers import Answers
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.history.turns import Turn, TurnJournal, TurnState
from tzurot.storage.database import Database

ADA, BEN = 1, 2
GUILD = Venue(channel_id=50, guild_id=7)
DM = Venue(channel_id=60, guild_id=None)


@pytest.fixture
async def cast(database: Database) -> tuple[UUID, UUID]:
    await set_up_starters(database)
    first, second = await CharacterStore(database).visible_to(ADA)
    return first.id, second.id


def message(number: int, venue: Venue = GUILD, by: UUID | None = None, text: str = "") -> Message:
    return Message(
        channel_id=venue.channel_id,
        id=number,
        author_kind=AuthorKind.CHARACTER if by else AuthorKind.PERSON,
        author_id=1000 if by else ADA,
        author_name="Someone",
        content=text or f"message {number}",
        character_id=by,
    )


async def open_turn(
    journal: TurnJournal, trigger: int, characters: list[UUID], venue: Venue = GUILD
) -> list[Turn]:
    return await journal.open(
        channel_id=venue.channel_id,
        trigger_id=trigger,
        character_ids=characters,
        user_id=ADA,
        payload={"content": "hi"},
        version=1,
    )


async def test_messages_of_the_venue_oldest_first(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    store = MessageStore(database)
    await store.record([message(number) for number in (3, 1, 2, 4)])
    await store.record([message(9, Venue(51, 7))])
    found = await store.recent(Scope(ADA, cast[0], GUILD), up_to=3, limit=2)
    assert [one.id for one in found] == [2, 3]


async def test_an_answer_stands_behind_what_it_answers(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    store, me = MessageStore(database), Scope(ADA, cast[0], GUILD)
    answer = replace(message(4, by=cast[0]), reply_to_id=1)
    second = replace(message(5, by=cast[1]), reply_to_id=1)
    await store.record([message(1), message(2), message(3), answer, second])
    assert [one.id for one in await store.recent(me, up_to=3, limit=9)] == [1, 4, 5, 2, 3]
    assert [one.id for one in await store.recent(me, up_to=1, limit=9)] == [1, 4, 5]
    assert [one.id for one in await store.recent(me, up_to=3, limit=2)] == [4, 5]


async def test_edits_and_deletions_are_followed(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    store = MessageStore(database)
    await store.record([message(1), message(2)])
    await store.edit(GUILD.channel_id, 1, "edited")
    await store.edit(GUILD.channel_id, 99, "nobody knows this one")
    await store.forget(GUILD.channel_id, [2])
    (left,) = await store.recent(Scope(ADA, cast[0], GUILD), up_to=9, limit=9)
    assert (left.id, left.content) == (1, "edited")


async def test_recorded_twice_is_kept_once_with_the_newer_text(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    store = MessageStore(database)
    await store.record([message(1, text="old")])
    await store.record([message(1, text="new"), message(1, text="newest")])
    (left,) = await store.recent(Scope(ADA, cast[0], GUILD), up_to=9, limit=9)
    assert left.content == "newest"


async def test_in_a_dm_a_character_reads_only_its_own_talk(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    mine, other = cast
    store, journal = MessageStore(database), TurnJournal(database, 1)
    await store.record(
        [
            message(1, DM),
            message(2, DM, by=mine),
            message(3, DM),
            message(4, DM, by=other),
            message(5, DM),
            message(6, DM),
        ]
    )
    await open_turn(journal, 1, [mine], DM)
    await open_turn(journal, 3, [other], DM)
    await open_turn(journal, 5, [mine, other], DM)
    found = await store.recent(Scope(ADA, mine, DM), up_to=9, limit=9)
    assert [one.id for one in found] == [1, 2, 5, 6]
    found = await store.recent(Scope(ADA, other, DM), up_to=9, limit=9)
    assert [one.id for one in found] == [3, 4, 5, 6]


async def test_one_turn_for_each_trigger_and_character(
    database: Database, cast: tuple[UUID, UUID]
) -> None:
    journal = TurnJournal(database, 1)
    first, second = cast
    turns = await open_turn(journal, 10, [second, first])
    assert [turn.character_id for turn in turns] == [second, first]
    assert await open_turn(journal, 10, [first, second]) == []
    assert len(await open_turn(journal, 11, [first])) == 1


async def test_the_way_of_a_turn(database: Database, cast: tuple[UUID, UUID]) -> None:
    journal = TurnJournal(database, 1)
    (turn,) = await open_turn(journal, 10, [cast[0]])
    assert turn.state is TurnState.QUEUED
    await journal.move(turn.id, TurnState.GENERATING)
    assert await journal.generated(turn, "one two")
    (found,) = await TurnJournal(database, 2).take_up()
    journal, turn = TurnJournal(database, 2), found
    assert (found.state, found.reply, found.payload) == (
        TurnState.GENERATED,
        "one two",
        {"content": "hi"},
    )
    planned = await journal.plan(turn, ["one", "two"])
    assert planned is not None
    await journal.parts.posted(turn.id, 0, 777)
    assert [part.message_id for part in planned] == [None, None]
    assert [(part.content, part.message_id) for part in await journal.parts.of(turn.id)] == [
        ("one", 777),
        ("two", None),
    ]
    assert await Answers(database).speakers(GUILD.channel_id, [777, 778]) == {777: cast[0]}
    assert await Answers(database).speakers(GUILD.channel_id + 1, [777]) == {}
    await journal.move(turn.id, TurnState.DELIVERED)
    assert await TurnJournal(database, 3).take_up() == []


async def test_who_was_last_spoken_to(database: Database, cast: tuple[UUID, UUID]) -> None:
    journal = TurnJournal(database, 1)
    first, second = cast
    answers = Answers(database)
    assert await answers.last_addressed(ADA, 30) is None
    await open_turn(journal, 10, [first], DM)
    await open_turn(journal, 20, [second])
    assert await answers.last_addressed(ADA, 30) == second
    assert await answers.last_addressed(ADA, 30, DM.channel_id) == first
    assert await answers.last_addressed(BEN, 30) is None
    assert await answers.last_addressed(ADA, 20) == first
    assert await answers.last_addressed(ADA, 10) is None
