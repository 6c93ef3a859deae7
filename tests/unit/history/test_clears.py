"""Cleared histories: what is read no more, by whom, and until when."""

from __future__ import annotations

from itertools import combinations
from uuid import UUID, uuid4

import pytest

from tests.support.characters import make
from tests.support.queries import asked
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.scope import Scope, Venue
from tzurot.characters.store import CharacterStore
from tzurot.history.clears import ClearStore
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.storage.database import Database

ADA, BEN, MOD = 1, 2, 9
GUILD = Venue(channel_id=50, guild_id=7)
DM = Venue(channel_id=60, guild_id=None)


@pytest.fixture
def clears(database: Database) -> ClearStore:
    return ClearStore(database)


@pytest.fixture
async def cast(database: Database) -> tuple[UUID, UUID]:
    return await make(database, "Juniper"), await make(database, "Sable")


def message(
    number: int, *, by: UUID | None = None, answers: int | None = None, venue: Venue = GUILD
) -> Message:
    return Message(
        channel_id=venue.channel_id,
        id=number,
        author_kind=AuthorKind.CHARACTER if by else AuthorKind.PERSON,
        author_id=1000 if by else ADA,
        author_name="Someone",
        content=f"message {number}",
        character_id=by,
        reply_to_id=answers,
    )


async def read(database: Database, scope: Scope, *, up_to: int = 99) -> list[int]:
    return [one.id for one in await MessageStore(database).recent(scope, up_to=up_to, limit=99)]


async def test_whoever_it_counts_for_reads_from_the_furthest_clear_on(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    await MessageStore(database).record(message(number) for number in range(1, 8))
    reaches: list[tuple[int | None, UUID | None, int]] = [
        (None, None, 2), (ADA, None, 3), (None, cast[0], 4), (ADA, cast[0], 5), (BEN, cast[1], 6)
    ]  # fmt: skip
    for size in range(len(reaches) + 1):
        for chosen in combinations(reaches, size):
            made = [
                await clears.clear(50, up_to=up_to, by=MOD, user_id=user, character_id=character)
                for user, character, up_to in chosen
            ]
            for user in (ADA, BEN):
                for character in cast:
                    reach = max(
                        (
                            up_to
                            for of_user, of_character, up_to in chosen
                            if of_user in {None, user} and of_character in {None, character}
                        ),
                        default=0,
                    )
                    found = await read(database, Scope(user, character, GUILD))
                    assert found == list(range(reach + 1, 8)), (chosen, user, character)
            for one in made:
                assert await clears.undo(50, one.id)


async def test_another_channels_clear_clears_nothing_here(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    await MessageStore(database).record([message(1), message(2), message(3, venue=DM)])
    await clears.clear(DM.channel_id, up_to=9, by=ADA)
    assert await read(database, Scope(ADA, cast[0], GUILD)) == [1, 2]
    assert await read(database, Scope(ADA, cast[0], DM)) == []


async def test_an_answer_goes_with_what_it_answers_whenever_it_was_posted(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    await MessageStore(database).record(
        [
            message(1),
            message(2, by=cast[0], answers=1),
            message(3),
            # The history is cleared here; this one was being written meanwhile.
            message(5, by=cast[0], answers=3),
            message(6),
            message(7, by=cast[0], answers=6),
            # A person's reply is said when it is said.
            message(8, answers=3),
            message(9, by=cast[0]),
        ]
    )
    await clears.clear(50, up_to=4, by=ADA)
    assert await read(database, Scope(ADA, cast[0], GUILD)) == [6, 7, 8, 9]
    assert await read(database, Scope(ADA, cast[0], GUILD), up_to=6) == [6, 7]
    # What was asked before and is answered only now is answered without what was cleared.
    assert await read(database, Scope(ADA, cast[0], GUILD), up_to=3) == []


async def test_the_limit_counts_what_is_left(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    store, me = MessageStore(database), Scope(ADA, cast[0], GUILD)
    await store.record(message(number) for number in range(1, 8))
    await clears.clear(50, up_to=3, by=ADA)
    assert [one.id for one in await store.recent(me, up_to=6, limit=2)] == [5, 6]
    with asked(database) as statements:
        assert [one.id for one in await store.recent(me, up_to=6, limit=9)] == [4, 5, 6]
    assert len(statements) == 1


async def test_any_number_of_clears_is_undone_from_the_last_one_on(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    await MessageStore(database).record(message(number) for number in range(1, 8))
    made = [await clears.clear(50, up_to=up_to, by=ADA, user_id=ADA) for up_to in (2, 4, 6)]
    # None of these has the same reach.
    await clears.clear(50, up_to=1, by=MOD)
    await clears.clear(50, up_to=1, by=ADA, user_id=ADA, character_id=cast[0])
    await clears.clear(60, up_to=1, by=ADA, user_id=ADA)
    for one, left in zip(reversed(made), ([5, 6, 7], [3, 4, 5, 6, 7], None), strict=True):
        assert await clears.latest(50, user_id=ADA) == one
        assert not await clears.undo(60, one.id)
        assert await clears.undo(50, one.id)
        assert not await clears.undo(50, one.id)
        assert left is None or await read(database, Scope(ADA, cast[1], GUILD)) == left
    assert await clears.latest(50, user_id=ADA) is None
    assert await clears.latest(50, character_id=cast[0]) is None
    kept = await clears.latest(50, user_id=ADA, character_id=cast[0])
    assert kept is not None
    assert (kept.up_to, kept.cleared_by) == (1, ADA)


async def test_the_clears_that_count_for_a_person_are_listed_newest_first(
    clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    everybodys = await clears.clear(50, up_to=5, by=MOD)
    own = await clears.clear(50, up_to=1, by=ADA, user_id=ADA, character_id=cast[0])
    await clears.clear(60, up_to=1, by=ADA, user_id=ADA)
    assert await clears.counting(50, ADA) == [own, everybodys]
    assert await clears.counting(50, BEN) == [everybodys]


async def test_a_characters_clears_go_with_it(
    database: Database, clears: ClearStore, cast: tuple[UUID, UUID]
) -> None:
    await clears.clear(50, up_to=5, by=ADA, character_id=cast[0])
    await CharacterStore(database).delete(Actor(ADA), cast[0])
    assert await clears.counting(50, ADA) == []
    for gone in (cast[0], uuid4()):
        with pytest.raises(CharacterError):
            await clears.clear(50, up_to=5, by=ADA, character_id=gone)
