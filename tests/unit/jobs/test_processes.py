"""Jobs among several workers and processes, of which some are killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from tests.support import jobs as script
from tests.support.jobs import ADD, LONG, Adder, Total, look, put, until, working
from tzurot.jobs import Job, JobState, Worker
from tzurot.settings import load_settings
from tzurot.storage.database import Database


@asynccontextmanager
async def process(
    url: str, lease_s: float, gate: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[UUID]]]:
    """Run a worker in a process of its own, and collect the jobs that it begins."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, script.__file__, url, str(lease_s), gate),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(script.__file__).parents[2])},
    )
    begun: list[UUID] = []

    async def read() -> None:
        assert child.stdout is not None
        async for line in child.stdout:
            begun.append(UUID(line.decode().strip()))  # noqa: PERF401  seen as they come

    reader = asyncio.create_task(read())
    try:
        yield child, begun
    finally:
        if child.returncode is None:
            child.kill()
        await reader
        await child.wait()


async def has_begun(begun: list[UUID], job_id: UUID) -> None:
    async def read() -> list[UUID]:
        return begun

    await until(read, lambda jobs: job_id in jobs)


async def done(database: Database, job_id: UUID) -> Job[Total]:
    return await until(lambda: look(database, job_id), lambda job: job.state is JobState.DONE)


async def test_a_killed_process_s_job_is_taken_by_another(
    database: Database, database_url: str
) -> None:
    adder = Adder()
    adder.gate.set()
    async with process(database_url, 1, "shut") as (child, begun):
        job_id = await put(database)
        await has_begun(begun, job_id)
        async with working(database, adder, lease_s=1):
            await asyncio.sleep(2)
            assert adder.runs == []  # it lives, and is heard of
            child.send_signal(signal.SIGKILL)
            job = await done(database, job_id)
    assert (job.result, job.attempts) == (Total(3), 2)


async def test_a_process_that_was_given_up_for_dead_writes_nothing(
    database: Database, database_url: str
) -> None:
    adder = Adder()
    async with process(database_url, 1, "shut") as (child, begun):
        job_id = await put(database)
        await has_begun(begun, job_id)
        child.send_signal(signal.SIGSTOP)
        async with working(database, adder, lease_s=30):
            await until(lambda: look(database, job_id), lambda job: job.attempts == 2)
            child.send_signal(signal.SIGCONT)
            await asyncio.sleep(1)  # it finds that the job is another's, and lets it be
            assert (await look(database, job_id)).state is JobState.RUNNING
            adder.gate.set()
            job = await done(database, job_id)
    assert (job.attempts, len(adder.runs), adder.interrupted) == (2, 1, 0)


async def test_two_processes_share_the_work_and_nothing_runs_twice(
    database: Database, database_url: str
) -> None:
    ids = [await put(database) for _ in range(60)]
    async with (
        process(database_url, 20, "open") as (_, first),
        process(database_url, 20, "open") as (_, second),
    ):

        async def both() -> bool:
            ids.extend([await put(database) for _ in range(5)])
            return bool(first and second)

        await until(both, bool)
        for job_id in ids:
            assert (await done(database, job_id)).attempts == 1
    assert sorted(first + second) == sorted(ids)


async def test_what_a_process_gives_back_is_taken_by_another_at_once(
    database: Database, database_url: str
) -> None:
    held, free = Adder(), Adder()
    free.gate.set()
    other = await Database.open(load_settings(database_url=database_url))
    try:
        async with working(database, held, stop_s=0):
            job_id = await put(database)
            await until(lambda: look(database, job_id), lambda job: job.attempts == 1)
            second = Worker(other, poll=LONG)
            second.handle(ADD, free)
            second.start()
        assert held.interrupted == 1
        assert (await done(database, job_id)).attempts == 1
        await second.stop(1)
    finally:
        await other.close()
