"""Jobs when something goes wrong: races, poison, a database that is away, kinds nobody knows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update

from tests.support.database import TestServer
from tests.support.jobs import ADD, Adder, Sum, Total, begun, ended, look, put, until, working
from tzurot.jobs import JobState, Kind, Run, Worker, cancel
from tzurot.storage.database import Database
from tzurot.storage.tables import JobRow

R = TypeVar("R")


@dataclass(frozen=True)
class Words:
    """A result that may hold anything."""

    words: str


@pytest.fixture
def adder() -> Adder:
    """A handler that waits at its gate."""
    return Adder()


async def change(database: Database, job_id: UUID, **values: object) -> None:
    """Change a job as another process would, which tells nobody."""
    async with database.transaction() as session:
        await session.execute(update(JobRow).where(JobRow.id == job_id).values(**values))


@asynccontextmanager
async def handling(
    database: Database, kind: Kind[Sum, R], handler: Callable[[Run], Coroutine[Any, Any, R]]
) -> AsyncIterator[None]:
    """Run a worker with this handler."""
    worker = Worker(database, poll=timedelta(hours=1))
    worker.handle(kind, lambda _payload, run: handler(run))
    worker.start()
    try:
        yield
    finally:
        await worker.stop(1)


# -- cancelling ------------------------------------------------------------------------------


async def test_cancel_does_not_miss_a_job_that_is_being_given_back(database: Database) -> None:
    job_id = await put(database)
    await change(database, job_id, state="running")
    async with database.transaction() as giving_back:
        row = update(JobRow).where(JobRow.id == job_id)
        await giving_back.execute(row.values(state="waiting"))

        async def cancel_it() -> bool:
            async with database.transaction() as session:
                return await cancel(session, job_id)

        cancelling = asyncio.create_task(cancel_it())
        await asyncio.sleep(0.2)  # it waits for the row
        assert not cancelling.done()
    assert await cancelling
    assert (await look(database, job_id)).state is JobState.CANCELLED


async def test_what_fails_after_it_was_cancelled_is_not_tried_again(database: Database) -> None:
    gate = asyncio.Event()

    async def fail(_run: Run) -> Total:
        await gate.wait()
        raise RuntimeError

    job_id = await put(database)
    async with handling(database, replace(ADD, first_wait=timedelta(hours=1)), fail):
        await until(lambda: look(database, job_id), lambda job: job.state is JobState.RUNNING)
        await change(database, job_id, cancel_asked=True)
        gate.set()
        assert (await ended(database, job_id)).state is JobState.CANCELLED


# -- asked for again while it runs -----------------------------------------------------------


@pytest.mark.parametrize(("again", "runs"), [(False, 1), (True, 2)])
async def test_asked_for_while_it_runs(
    database: Database, adder: Adder, *, again: bool, runs: int
) -> None:
    async with working(database, adder):
        job_id = await put(database, unique_key="mine")
        await begun(adder)
        assert await put(database, unique_key="mine", again=again) == job_id
        assert await put(database, unique_key="mine", again=again) == job_id
        adder.gate.set()
        job = await ended(database, job_id)
    assert (job.state, job.attempts, job.result) == (JobState.DONE, 1, Total(3))
    assert (len(adder.runs), adder.most_at_once) == (runs, 1)


async def test_asked_for_again_before_it_runs_is_once(database: Database, adder: Adder) -> None:
    job_id = await put(database, unique_key="mine", again=True)
    assert await put(database, unique_key="mine", again=True) == job_id
    adder.gate.set()
    async with working(database, adder):
        await ended(database, job_id)
    assert len(adder.runs) == 1


async def test_asked_for_after_it_was_cancelled_is_done(database: Database, adder: Adder) -> None:
    async with working(database, adder):
        job_id = await put(database, unique_key="mine")
        await begun(adder)
        async with database.transaction() as session:
            assert await cancel(session, job_id)
        # The worker may have ended it by now: then this is a job of its own.
        again = await put(database, unique_key="mine")
        adder.gate.set()
        assert (await ended(database, again)).state is JobState.DONE


async def test_asked_for_between_the_cancelling_and_the_end(
    database: Database, adder: Adder
) -> None:
    async def interruptions() -> int:
        return adder.interrupted

    async with working(database, adder):
        job_id = await put(database, unique_key="mine")
        await begun(adder)
        await change(database, job_id, cancel_asked=True)
        assert await put(database, unique_key="mine") == job_id
        async with database.transaction() as session:
            await session.execute(select(func.pg_notify("tzurot_jobs", f"cancel {job_id}")))
        await until(interruptions, bool)
        adder.gate.set()
        job = await ended(database, job_id)
    assert (job.state, len(adder.runs), adder.interrupted) == (JobState.DONE, 2, 1)


# -- claims ----------------------------------------------------------------------------------


async def test_a_job_that_we_lost_to_ourselves_runs_once_at_a_time(
    database: Database, adder: Adder
) -> None:
    async with working(database, adder):
        job_id = await put(database)
        await begun(adder)
        await change(database, job_id, due_at=func.now())  # we were silent for the whole lease
        await put(database, Sum(0, 0), delay=timedelta(hours=1))  # wakes the worker
        await begun(adder, 2)
        await asyncio.sleep(0.1)
        assert adder.interrupted == 1
        adder.gate.set()
        assert (await ended(database, job_id)).attempts == 2


async def test_a_claim_is_kept_while_the_worker_stops(database: Database, adder: Adder) -> None:
    other = Adder()
    async with working(database, adder, lease_s=0.8):
        job_id = await put(database)
        await begun(adder)
        second = Worker(database, poll=timedelta(seconds=0.1))
        second.handle(ADD, other)
        second.start()
        asyncio.get_running_loop().call_later(1.6, adder.gate.set)
    await second.stop(0)
    assert (await look(database, job_id)).state is JobState.DONE
    assert other.runs == []


async def test_work_that_nobody_told_of_is_found(database: Database, adder: Adder) -> None:
    adder.gate.set()
    async with working(database, adder, poll=timedelta(seconds=0.2)):
        await asyncio.sleep(0.3)
        async with database.transaction() as session:
            row = insert(JobRow).values(kind="add", version=1, payload={"left": 1, "right": 2})
            job_id = await session.scalar(row.returning(JobRow.id))
        assert job_id is not None
        assert (await ended(database, job_id)).state is JobState.DONE


# -- poison ----------------------------------------------------------------------------------


async def test_a_result_that_the_database_refuses_is_a_failure(database: Database) -> None:
    async def zero(_run: Run) -> Words:
        return Words("\0")  # which PostgreSQL does not take

    kind = Kind(
        name=ADD.name,
        version=ADD.version,
        payload=Sum,
        result=Words,
        attempts=2,
        first_wait=ADD.first_wait,
    )
    job_id = await put(database)
    async with handling(database, kind, zero):
        job = await ended(database, job_id)
    assert (job.state, job.attempts) == (JobState.FAILED, 2)
    assert "DBAPIError" in (job.error or "")


async def test_what_a_handler_says_may_hold_anything(database: Database) -> None:
    async def say(run: Run) -> Total:
        run.progress(1, 2, "so \0 " + "x" * 9999)
        msg = "no \0 good"
        raise ValueError(msg)

    job_id = await put(database)
    async with handling(database, replace(ADD, attempts=1), say):
        job = await ended(database, job_id)
    assert (job.state, job.error) == (JobState.FAILED, "ValueError: no  good")


async def test_what_is_too_old_is_not_begun(database: Database, adder: Adder) -> None:
    old = await put(database)
    await change(database, old, created_at=func.now() - ADD.lifetime - timedelta(minutes=1))
    young = await put(database)
    adder.gate.set()
    async with working(database, adder):
        job = await ended(database, old)
        await ended(database, young)
    assert (job.state, len(adder.runs)) == (JobState.FAILED, 1)
    assert "too old" in (job.error or "")


async def test_kinds_that_nobody_knows_are_given_up_after_a_while(
    database: Database, adder: Adder
) -> None:
    old, young, newer = [await put(database) for _ in range(3)]
    long_ago = func.now() - timedelta(days=8)
    await change(database, old, kind="lost", due_at=long_ago)
    await change(database, young, kind="lost")
    await change(database, newer, version=2, due_at=long_ago)

    async def states() -> dict[UUID, JobState]:
        async with database.transaction() as session:
            rows = await session.scalars(select(JobRow))
            return {row.id: JobState(row.state) for row in rows}

    async with working(database, adder):
        found = await until(states, lambda found: found[old] is JobState.FAILED)
    assert found[young] is found[newer] is JobState.WAITING


# -- the database is away --------------------------------------------------------------------


async def test_work_that_ends_while_the_database_is_away_is_not_done_again(
    database: Database,
    database_url: str,
    database_server: TestServer,
    adder: Adder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tzurot.jobs.worker.AFTER_FAULT_S", 0.2)
    async with working(database, adder):
        job_id = await put(database)
        await begun(adder)
        async with database_server.away(database_url):
            adder.gate.set()
            await asyncio.sleep(0.5)
        job = await ended(database, job_id)
        assert (job.state, job.attempts, len(adder.runs)) == (JobState.DONE, 1, 1)
        # And what comes after it is heard of.
        assert (await ended(database, await put(database))).state is JobState.DONE
