"""Jobs in one process: run once, tried again, cancelled, bounded, given back, forgotten."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from tests.support.jobs import ADD, Adder, Sum, Total, begun, ended, look, put, until, working
from tzurot.jobs import JobState, Run, Worker, cancel, enqueue, find
from tzurot.storage.database import Database
from tzurot.storage.tables import JobRow


@pytest.fixture
def adder() -> Adder:
    adder = Adder()
    adder.gate.set()
    return adder


async def jobs(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(JobRow)) or 0


async def test_a_job_runs_as_soon_as_it_is_committed(database: Database, adder: Adder) -> None:
    async with working(database, adder):
        await asyncio.sleep(0.3)  # it has looked, found nothing, and waits to be told
        begin = time.monotonic()
        job = await ended(database, await put(database, Sum(2, 3)))
        took = time.monotonic() - begin
    assert (job.state, job.result, job.attempts) == (JobState.DONE, Total(5), 1)
    assert (job.done, job.total, job.progress) == (1, 2, "adding")
    assert took < 2  # the worker's poll is an hour


async def test_a_job_whose_transaction_fails_never_was(database: Database, adder: Adder) -> None:
    async with working(database, adder):
        with suppress(ZeroDivisionError):
            async with database.transaction() as session:
                await enqueue(session, ADD, Sum(1, 2))
                raise ZeroDivisionError
        await ended(database, await put(database))
    assert len(adder.runs) == 1
    assert await jobs(database) == 1


async def test_jobs_of_an_earlier_process_are_taken_up(database: Database, adder: Adder) -> None:
    ids = [await put(database, Sum(number, 0)) for number in range(5)]
    async with working(database, adder):
        results = [(await ended(database, job_id)).result for job_id in ids]
    assert results == [Total(number) for number in range(5)]


async def test_the_same_key_is_one_job_until_it_ends(database: Database, adder: Adder) -> None:
    first = await put(database, unique_key="mine")
    assert await put(database, unique_key="mine") == first
    assert await put(database, unique_key="other") != first
    async with working(database, adder):
        await ended(database, first)
        assert await put(database, unique_key="mine") != first


async def test_the_same_key_at_the_same_moment(database: Database) -> None:
    ids = await asyncio.gather(*(put(database, unique_key="mine") for _ in range(8)))
    assert len(set(ids)) == 1


async def test_delay(database: Database, adder: Adder) -> None:
    async with working(database, adder):
        begin = time.monotonic()
        await ended(database, await put(database, delay=timedelta(seconds=0.4)))
        assert 0.4 <= time.monotonic() - begin < 2


async def test_failures_are_tried_again(database: Database, adder: Adder) -> None:
    adder.faults = 2
    async with working(database, adder):
        job = await ended(database, await put(database))
    assert (job.state, job.result, job.attempts, job.error) == (JobState.DONE, Total(3), 3, None)
    assert [run.attempt for run in adder.runs] == [1, 2, 3]


async def test_attempts_are_bounded_and_the_error_is_one_line(
    database: Database, adder: Adder
) -> None:
    adder.faults = 9
    async with working(database, adder):
        job = await ended(database, await put(database))
    assert (job.state, job.attempts, job.error) == (JobState.FAILED, 3, "RuntimeError: not today")


def test_waits_grow_and_differ() -> None:
    kind = replace(ADD, first_wait=timedelta(seconds=2), longest_wait=timedelta(minutes=1))
    for attempt, longest in ((1, 2), (2, 4), (3, 8), (50, 60), (5000, 60)):
        waits = {kind.wait_after(attempt).total_seconds() for _ in range(50)}
        assert len(waits) > 10
        assert longest / 2 <= min(waits) <= max(waits) <= longest


async def test_an_attempt_may_take_only_so_long(database: Database) -> None:
    kind = replace(ADD, time_limit=timedelta(seconds=0.1), attempts=2)
    adder = Adder()
    async with working(database, adder, kind):
        job = await ended(database, await put(database))
    assert (job.state, job.error) == (JobState.FAILED, "TimeoutError: it took longer than 0.1 s")
    assert adder.interrupted == 2


async def test_concurrency_is_bounded(database: Database) -> None:
    adder = Adder()
    ids = [await put(database) for _ in range(5)]
    async with working(database, adder):
        await begun(adder, ADD.concurrency)
        await asyncio.sleep(0.2)
        assert len(adder.runs) == ADD.concurrency
        adder.gate.set()
        for job_id in ids:
            await ended(database, job_id)
    assert adder.most_at_once == ADD.concurrency


async def test_progress_is_seen_while_it_runs(database: Database) -> None:
    adder = Adder()
    async with working(database, adder, lease_s=1):
        job_id = await put(database)
        job = await until(lambda: look(database, job_id), lambda job: job.done is not None)
        assert (job.state, job.done, job.total) == (JobState.RUNNING, 1, 2)
        adder.gate.set()
        await ended(database, job_id)


async def test_cancel_before_it_runs(database: Database, adder: Adder) -> None:
    job_id = await put(database)
    async with database.transaction() as session:
        assert await cancel(session, job_id)
        assert not await cancel(session, job_id)
    async with working(database, adder):
        await ended(database, await put(database))
    assert (await look(database, job_id)).state is JobState.CANCELLED
    assert len(adder.runs) == 1


@pytest.mark.parametrize("heard", [True, False])
async def test_cancel_while_it_runs(database: Database, *, heard: bool) -> None:
    adder = Adder()
    async with working(database, adder, lease_s=1 if not heard else 20):
        job_id = await put(database)
        await begun(adder)
        async with database.transaction() as session:
            if heard:
                assert await cancel(session, job_id)
            else:  # the notice is lost
                row = update(JobRow).where(JobRow.id == job_id)
                await session.execute(row.values(cancel_asked=True))
        job = await ended(database, job_id)
    assert (job.state, adder.interrupted) == (JobState.CANCELLED, 1)


async def test_what_was_cancelled_when_its_process_died_is_not_begun_again(
    database: Database, adder: Adder
) -> None:
    job_id = await put(database)
    async with database.transaction() as session:
        row = update(JobRow).where(JobRow.id == job_id)
        await session.execute(row.values(state="running", cancel_asked=True))
    async with working(database, adder):
        job = await ended(database, job_id)
    assert (job.state, adder.runs) == (JobState.CANCELLED, [])


async def test_a_job_that_kills_its_process_is_not_begun_for_ever(
    database: Database, adder: Adder
) -> None:
    job_id = await put(database)
    async with database.transaction() as session:
        row = update(JobRow).where(JobRow.id == job_id)
        await session.execute(row.values(state="running", attempts=ADD.attempts))
    async with working(database, adder):
        job = await ended(database, job_id)
    assert (job.state, adder.runs) == (JobState.FAILED, [])
    assert "its process died" in (job.error or "")


async def test_stopping_lets_what_runs_finish(database: Database) -> None:
    adder = Adder()
    async with working(database, adder):
        job_id = await put(database)
        await begun(adder)
        asyncio.get_running_loop().call_later(0.2, adder.gate.set)
    assert (await look(database, job_id)).state is JobState.DONE


async def test_stopping_gives_back_what_does_not_finish(database: Database) -> None:
    adder = Adder()
    begin = time.monotonic()
    async with working(database, adder, stop_s=0.2):
        job_id = await put(database)
        await begun(adder)
        waiting = await put(database, delay=timedelta(hours=1))
    assert time.monotonic() - begin < 3
    assert adder.interrupted == 1
    job = await look(database, job_id)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    adder.gate.set()
    async with working(database, adder):
        assert (await ended(database, job_id)).attempts == 1
    assert (await look(database, waiting)).state is JobState.WAITING


async def test_stopping_is_bounded_whatever_a_handler_does(database: Database) -> None:
    forever = asyncio.Event()

    async def stubborn(_payload: Sum, _run: Run) -> Total:
        while not forever.is_set():
            try:
                await forever.wait()
            except asyncio.CancelledError:
                continue
        return Total(0)

    worker = Worker(database)
    worker.handle(ADD, stubborn)
    worker.start()
    job_id = await put(database)
    await until(lambda: look(database, job_id), lambda job: job.state is JobState.RUNNING)
    begin = time.monotonic()
    await worker.stop(0.1)
    assert time.monotonic() - begin < 5
    forever.set()


async def test_a_lost_listening_connection_is_made_anew(database: Database, adder: Adder) -> None:
    async with working(database, adder):
        await ended(database, await put(database))
        async with database.transaction() as session:
            query = text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
            assert await session.scalar(query) == 1
        # It is found again by the look that follows a new connection.
        assert (await ended(database, await put(database))).state is JobState.DONE


async def test_finished_jobs_are_forgotten_after_a_while(database: Database, adder: Adder) -> None:
    old, young = await put(database), await put(database)
    async with working(database, adder):
        await ended(database, old)
        await ended(database, young)
    async with database.transaction() as session:
        row = update(JobRow).where(JobRow.id == old)
        await session.execute(row.values(finished_at=func.now() - timedelta(days=8)))
    async with working(database, adder):
        await until(lambda: jobs(database), lambda count: count == 1)
        assert (await look(database, young)).state is JobState.DONE


async def test_an_older_payload_is_brought_up_to_date(database: Database, adder: Adder) -> None:
    job_id = await put(database, Sum(4, 5))

    def upgrade(version: int, raw: dict[str, object]) -> dict[str, object]:
        assert version == 1
        return {**raw, "right": 50}

    newer = replace(ADD, version=2, upgrade=upgrade)
    async with working(database, adder, newer):
        await ended(database, job_id)
    async with database.transaction() as session:
        job = await find(session, newer, job_id)
        assert job is not None
        assert job.result == Total(54)


async def test_a_newer_payload_waits_for_a_newer_process(database: Database, adder: Adder) -> None:
    async with database.transaction() as session:
        newer = await enqueue(session, replace(ADD, version=2), Sum(1, 1))
    async with working(database, adder):
        await ended(database, await put(database))
    assert (await look(database, newer)).state is JobState.WAITING


async def test_a_payload_that_cannot_be_read_fails(database: Database, adder: Adder) -> None:
    job_id = await put(database)
    async with database.transaction() as session:
        await session.execute(update(JobRow).values(payload={"left": "x"}))
    async with working(database, adder):
        job = await ended(database, job_id)
    # It would be no better the next time.
    assert (job.state, job.attempts, adder.runs) == (JobState.FAILED, 1, [])
    assert "ValidationError" in (job.error or "")
