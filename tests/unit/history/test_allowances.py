"""How many turns people may have: the bucket alone, and as the database keeps it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.history.allowances import Allowances, Bucket
from tzurot.history.answers import Answers
from tzurot.history.turns import Turn, TurnJournal
from tzurot.snowflakes import first_id_of
from tzurot.storage.database import Database

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, BEN = 1, 2


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def bucket(per_minute: int = 6) -> Bucket:
    return Bucket(per_minute=per_minute, tokens=per_minute, at=NOON)


# -- alone -------------------------------------------------------------------------------------


def test_a_minutes_worth_is_there_at_once_and_comes_back_over_a_minute() -> None:
    now, given_ = bucket().spend(6, NOON)
    assert (given_, now.is_dry) == (6, False)
    now, given_ = now.spend(1, after(10))
    assert (given_, now.is_dry) == (1, False)
    now, given_ = now.spend(9, after(100))
    assert (given_, now.is_dry) == (6, True)


def test_who_runs_dry_rests_until_half_of_it_is_back() -> None:
    now, given_ = bucket().spend(8, NOON)
    assert (given_, now.is_dry, now.rests_until) == (6, True, after(30))
    now, given_ = now.spend(1, after(29))
    assert (given_, now.is_dry, now.rests_until) == (0, True, after(30))
    now, given_ = now.spend(1, after(30))
    assert (given_, now.is_dry) == (1, False)


def test_a_rate_of_one_waits_for_that_one() -> None:
    now, _ = bucket(1).spend(2, NOON)
    assert now.rests_until == after(60)
    assert now.spend(1, after(60))[1] == 1


def test_what_is_heard_late_gives_nothing_back_twice() -> None:
    now, _ = bucket().spend(6, after(60))
    now, given_ = now.spend(1, after(20))
    assert (given_, now.at) == (0, after(60))


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.floats(0, 90), st.integers(1, 5)), min_size=1, max_size=60),
)
def test_nobody_has_more_than_what_fits_in_and_what_came_back(
    per_minute: int, asked: list[tuple[float, int]]
) -> None:
    now, total, seconds = bucket(per_minute), 0, 0.0
    for pause, wanted in asked:
        seconds += pause
        now, given_ = now.spend(wanted, after(seconds))
        total += given_
        assert 0 <= given_ <= wanted
        assert now.is_dry is (given_ < wanted)
        assert now.tokens >= 0
    assert total <= per_minute * (1 + seconds / 60) + 1e-6


# -- in the database ---------------------------------------------------------------------------


@pytest.fixture
async def cast(database: Database) -> list[UUID]:
    await set_up_starters(database)
    return [one.id for one in await CharacterStore(database).visible_to(ADA)]


async def begin(  # noqa: PLR0913  a turn's beginning
    journal: TurnJournal,
    at: datetime,
    who: list[UUID],
    user_id: int = ADA,
    *,
    channel_id: int = 50,
    is_limited: bool = True,
) -> list[Turn]:
    return await journal.open(
        channel_id=channel_id,
        trigger_id=first_id_of(at),
        character_ids=who,
        user_id=user_id,
        payload={},
        version=1,
        is_limited=is_limited,
    )


async def test_it_outlives_the_process(database: Database, cast: list[UUID]) -> None:
    for second in range(2):
        journal = TurnJournal(database, second + 1, per_minute=2)
        assert len(await begin(journal, after(second), cast[:1])) == 1
    journal = TurnJournal(database, 9, per_minute=2)
    assert await begin(journal, after(2), cast[:1]) == []
    assert len(await begin(journal, after(3), cast[:1], BEN)) == 1


async def test_one_word_for_each_time_that_it_runs_dry(
    database: Database, cast: list[UUID]
) -> None:
    journal = TurnJournal(database, 1, per_minute=4)
    first, second = cast[:2]
    assert await journal.allowances.tell(ADA) is None
    assert len(await begin(journal, NOON, [first, second])) == 2
    assert await journal.allowances.tell(ADA) is None
    assert len(await begin(journal, after(0.1), [first, second])) == 2
    assert await begin(journal, after(0.2), [first]) == []
    until = await journal.allowances.tell(ADA)
    assert until is not None
    assert abs(until - after(30)) < timedelta(seconds=1)
    for seconds in (1, 2, 20):
        assert await begin(journal, after(seconds), [first]) == []
        assert await journal.allowances.tell(ADA) is None
    # It gives what it said that it would, and then it can run dry again.
    assert len(await begin(journal, until, [first])) == 1
    assert len(await begin(journal, until + timedelta(seconds=1), [first, second])) == 1
    assert await journal.allowances.tell(ADA) is not None


async def test_what_was_too_much_is_not_answered_when_it_is_heard_again(
    database: Database, cast: list[UUID]
) -> None:
    journal = TurnJournal(database, 1, per_minute=1)
    await begin(journal, NOON, cast[:1])
    assert await begin(journal, after(1), cast[:1]) == []
    said = [first_id_of(after(1)), first_id_of(after(2))]
    assert await Answers(database).answered(50, said) == set(said[:1])
    assert len(await begin(journal, after(200), cast[:1])) == 1
    assert await begin(journal, after(1), cast[:1]) == []


async def test_what_is_heard_twice_costs_once(database: Database, cast: list[UUID]) -> None:
    one, other = (TurnJournal(database, number, per_minute=2) for number in (1, 2))
    opened = await asyncio.gather(*(begin(each, NOON, cast[:1]) for each in (one, other) * 3))
    assert sum(map(len, opened)) == 1
    assert len(await begin(one, after(1), cast[:1])) == 1


async def test_two_processes_give_no_more_than_one(database: Database, cast: list[UUID]) -> None:
    journals = [TurnJournal(database, number, per_minute=3) for number in (1, 2)]
    opened = await asyncio.gather(
        *(
            begin(journal, NOON, cast[:1], channel_id=100 * number + place)
            for number, journal in enumerate(journals)
            for place in range(5)
        )
    )
    assert sum(map(len, opened)) == 3


async def test_who_is_not_limited_spends_nothing(database: Database, cast: list[UUID]) -> None:
    journal = TurnJournal(database, 1, per_minute=1)
    for second in range(5):
        assert len(await begin(journal, after(second), cast[:1], is_limited=False)) == 1
    off = TurnJournal(database, 1)
    for second in range(10, 15):
        assert len(await begin(off, after(second), cast[:1])) == 1
    assert len(await begin(journal, after(20), cast[:1])) == 1


async def test_it_is_spent_with_the_turns_or_not_at_all(database: Database) -> None:
    allowances = Allowances(database, 1)
    async with database.transaction() as session:
        assert await allowances.spend(session, ADA, 1, NOON) == 1
        await session.rollback()
    async with database.transaction() as session:
        assert await allowances.spend(session, ADA, 1, NOON) == 1
    async with database.transaction() as session:
        assert await allowances.spend(session, ADA, 1, NOON) == 0
