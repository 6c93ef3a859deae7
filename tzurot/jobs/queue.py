"""Jobs as their callers see them: enqueue, look, cancel; each in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, text, true, update
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


_WAITS: Final[ColumnElement[bool]] = JobRow.state == JobState.WAITING.value
_RUNS: Final[ColumnElement[bool]] = JobRow.state == JobState.RUNNING.value


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


async def enqueue(  # noqa: PLR0913  each says something else of the job
    session: AsyncSession,
    kind: Kind[P, Any],
    payload: P,
    *,
    unique_key: str | None = None,
    delay: timedelta = timedelta(0),
    again: bool = False,
) -> UUID:
    """Write a job, which begins once the transaction is committed; return its id.

    While an unfinished job of the same kind and `unique_key` exists, its id is returned instead.
    With `again`, one that runs already is run once more when it ends: it may have read what has
    changed since.
    """
    # One that is about to be cancelled would never do what is asked for now.
    outdated = _RUNS if again else and_(_RUNS, JobRow.cancel_asked)
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
        set_={"again": or_(JobRow.again, outdated)},
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
    # In one statement: between two, a job that is given back would be missed by both.
    statement = (
        update(JobRow)
        .where(JobRow.id == job_id, UNFINISHED)
        .values(
            state=case((_WAITS, JobState.CANCELLED.value), else_=JobRow.state),
            finished_at=case((_WAITS, func.now())),
            cancel_asked=true(),
            again=false(),
        )
        .returning(JobRow.state)
    )
    state = await session.scalar(statement)
    if state == JobState.RUNNING.value:
        await tell(session, f"cancel {job_id}")
    return state is not None


async def tell(session: AsyncSession, what: str) -> None:
    """Tell every worker, when the transaction is committed."""
    await session.execute(select(func.pg_notify(CHANNEL, what)))
