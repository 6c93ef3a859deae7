"""A kind of job for tests, its handler, and this as a process of its own that runs such jobs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from tzurot.jobs import Job, JobState, Kind, Run, Worker, enqueue, find
from tzurot.settings import load_settings
from tzurot.storage.database import Database

LONG = timedelta(hours=1)

T = TypeVar("T")


@dataclass(frozen=True)
class Sum:
    """What to add."""

    left: int
    right: int


@dataclass(frozen=True)
class Total:
    """What came out."""

    total: int


ADD = Kind(
    name="add",
    version=1,
    payload=Sum,
    result=Total,
    concurrency=2,
    attempts=3,
    time_limit=timedelta(seconds=20),
    first_wait=timedelta(milliseconds=50),
)


@dataclass
class Adder:
    """A handler that can be told to wait or to fail."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    faults: int = 0
    runs: list[Run] = field(default_factory=list)
    most_at_once: int = 0
    interrupted: int = 0
    _at_once: int = 0

    async def __call__(self, payload: Sum, run: Run) -> Total:
        self.runs.append(run)
        self._at_once += 1
        self.most_at_once = max(self._at_once, self.most_at_once)
        try:
            if self.faults:
                self.faults -= 1
                msg = "not today\nparameters: somebody's words"
                raise RuntimeError(msg)
            run.progress(1, 2, "adding")
            await self.gate.wait()
        except asyncio.CancelledError:
            self.interrupted += 1
            raise
        finally:
            self._at_once -= 1
        return Total(payload.left + payload.right)


@asynccontextmanager
async def working(  # noqa: PLR0913  each is a property of a worker
    database: Database,
    adder: Adder,
    kind: Kind[Sum, Total] = ADD,
    *,
    lease_s: float = 20,
    poll: timedelta = LONG,
    stop_s: float = 5,
) -> AsyncIterator[Worker]:
    """Run a worker."""
    worker = Worker(database, lease=timedelta(seconds=lease_s), poll=poll)
    worker.handle(kind, adder)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop(stop_s)


async def put(database: Database, payload: Sum | None = None, **options: Any) -> UUID:  # noqa: ANN401  enqueue's
    """Enqueue a job in a transaction of its own."""
    async with database.transaction() as session:
        return await enqueue(session, ADD, payload or Sum(1, 2), **options)


async def look(database: Database, job_id: UUID) -> Job[Total]:
    """Return the job as it is now."""
    async with database.transaction() as session:
        job = await find(session, ADD, job_id)
    assert job is not None
    return job


async def until(
    read: Callable[[], Awaitable[T]], holds: Callable[[T], bool], seconds: float = 60
) -> T:
    """Read again and again until the value is as it should be."""
    deadline = time.monotonic() + seconds
    while not holds(value := await read()):
        assert time.monotonic() < deadline, value
        await asyncio.sleep(0.01)
    return value


async def ended(database: Database, job_id: UUID) -> Job[Total]:
    """Wait until the job is at its end, and return it."""
    ends = {JobState.DONE, JobState.FAILED, JobState.CANCELLED}
    return await until(lambda: look(database, job_id), lambda job: job.state in ends)


async def begun(adder: Adder, count: int = 1) -> None:
    """Wait until the handler was called so often."""

    async def runs() -> int:
        return len(adder.runs)

    await until(runs, lambda number: number >= count)


async def _main(url: str, lease_s: float, gate: str) -> None:
    """Run jobs until the process is killed; each that is begun is a line on standard output."""
    database = await Database.open(load_settings(database_url=url))
    adder = Adder()
    if gate == "open":
        adder.gate.set()

    async def add(payload: Sum, run: Run) -> Total:
        sys.stdout.write(f"{run.job_id}\n")
        sys.stdout.flush()
        return await adder(payload, run)

    worker = Worker(database, lease=timedelta(seconds=lease_s), poll=LONG)
    worker.handle(ADD, add)
    worker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], float(sys.argv[2]), sys.argv[3]))
