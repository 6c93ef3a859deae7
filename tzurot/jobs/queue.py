"""Jobs as their callers see them: enqueue, look, cancel; each in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.jobs.kind import Kind
from tzurot.storage.tables import JobRow

P = TypeVar("P")
R = TypeVar("R")

CHANNEL: Final = "tzurot_jobs"
"""Where PostgreSQL tells the workers: a kind's name when there is work, or `cancel` and an id."""


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED: Final = text("state IN ('waiting', 'running')")
"""As the table's partial indexes have it, so that PostgreSQL uses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[R]):
    """A job as it is now. `result` is None until it is done, `error` is the last attempt's."""

    id: UUID
    state: JobState
    attempts: int
    done: int | None
    total: int | None
    progress: str | None
    error: str | None
    result: R | None


async def enqueue(
    session: AsyncSession,
    kind: Kind[P, Any],
    payload: P,
    *,
    unique_key: str | None = None,
    delay: timedelta = timedelta(0),
) -> UUID:
    """Write a job, which begins once the transaction is committed; return its id.

    While an unfinished job of the same kind and `unique_key` exists, its id is returned instead.
    """
    statement = insert(JobRow).values(
        kind=kind.name,
        version=kind.version,
        payload=kind.dump_payload(payload),
        unique_key=unique_key,
        due_at=func.now() + delay,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "unique_key"],
        index_where=UNFINISHED,
        set_={"unique_key": statement.excluded.unique_key},  # nothing changes, but the id comes
    )
    job_id = (await session.execute(statement.returning(JobRow.id))).scalar_one()
    await tell(session, kind.name)
    return job_id


async def find(session: AsyncSession, kind: Kind[Any, R], job_id: UUID) -> Job[R] | None:
    """Return a job of this kind; finished ones are forgotten after a while."""
    query = select(JobRow).where(JobRow.id == job_id, JobRow.kind == kind.name)
    row = await session.scalar(query)
    if row is None:
        return None
    is_readable = row.state == JobState.DONE and row.version == kind.version
    return Job(
        id=row.id,
        state=JobState(row.state),
        attempts=row.attempts,
        done=row.done,
        total=row.total,
        progress=row.progress,
        error=row.error,
        result=kind.load_result(row.result) if is_readable else None,
    )


async def cancel(session: AsyncSession, job_id: UUID) -> bool:
    """Cancel a job, also while it runs; False when it is at its end already.

    A handler that runs is interrupted within seconds, whichever process it runs in.
    """
    waiting = (
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == JobState.WAITING.value)
        .values(state=JobState.CANCELLED.value, finished_at=func.now())
        .returning(JobRow.id)
    )
    running = (
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == JobState.RUNNING.value)
        .values(cancel_asked=True)
        .returning(JobRow.id)
    )
    if await session.scalar(waiting) is not None:
        return True
    if await session.scalar(running) is None:
        return False
    await tell(session, f"cancel {job_id}")
    return True


async def tell(session: AsyncSession, what: str) -> None:
    """Tell every worker, when the transaction is committed."""
    await session.execute(select(func.pg_notify(CHANNEL, what)))
