"""Jobs as workers see them: taken for a while, kept by being heard of, ended or given back.

A job is held under a `claim_id` that is new each time. Whoever was given up for dead finds that
the claim is gone, and can write no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    delete,
    extract,
    false,
    func,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.jobs.kind import Kind
from tzurot.jobs.queue import UNFINISHED, JobState, tell
from tzurot.storage.tables import JobRow


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that was taken; `attempt` is 1 for the first one."""

    id: UUID
    job_id: UUID
    version: int
    payload: dict[str, Any]
    attempt: int
    cancel_asked: bool
    age: timedelta
    """How long ago it was enqueued."""


async def take(
    session: AsyncSession, kind: Kind[Any, Any], most: int, lease: timedelta
) -> list[Claim]:
    """Take up to `most` jobs that are due, or whose process was not heard of for its lease."""
    due = (
        select(JobRow.id)
        .where(
            UNFINISHED,
            JobRow.kind == kind.name,
            JobRow.version <= kind.version,
            JobRow.due_at <= func.now(),
        )
        .order_by(JobRow.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(JobRow)
        .where(JobRow.id == due.c.id)
        .values(
            state=JobState.RUNNING.value,
            claim_id=func.gen_random_uuid(),
            attempts=JobRow.attempts + 1,
            due_at=func.now() + lease,
            # What it reads from here on is new enough for whoever asked before.
            again=false(),
            cancel_asked=and_(JobRow.cancel_asked, not_(JobRow.again)),
        )
        .returning(
            JobRow.claim_id,
            JobRow.id,
            JobRow.version,
            JobRow.payload,
            JobRow.attempts,
            JobRow.cancel_asked,
            (func.now() - JobRow.created_at).label("age"),
        )
        .execution_options(synchronize_session=False)
    )
    return [
        Claim(claim_id, *others)
        for claim_id, *others in await session.execute(statement)
        if claim_id is not None
    ]


async def renew(session: AsyncSession, claim: Claim, lease: timedelta, **said: object) -> bool:
    """Keep a claim, with what the job said of its progress; False when its work must stop.

    That is so when the job was cancelled, or when the claim is lost.
    """
    statement = _held(claim).values(due_at=func.now() + lease, **said)
    return await session.scalar(statement.returning(JobRow.cancel_asked)) is False


async def end(session: AsyncSession, claim: Claim, state: JobState, **said: object) -> None:
    """Write a job's end, if the claim still holds; it waits anew if it was asked for again."""
    held = await _locked(session, claim)
    if held is not None and held.again:
        await _wait(session, claim, attempts=0, done=None, total=None, progress=None, error=None)
        await tell(session, held.kind)
    elif held is not None:
        await _finish(session, claim, state, **said)


async def give_back(
    session: AsyncSession, claim: Claim, wait: timedelta = timedelta(0), **said: object
) -> None:
    """Let a job be taken again after `wait`, if the claim still holds and nobody cancelled it."""
    held = await _locked(session, claim)
    if held is not None and held.cancel_asked and not held.again:
        await _finish(session, claim, JobState.CANCELLED)
    elif held is not None:
        await _wait(session, claim, wait, **said)


async def _locked(session: AsyncSession, claim: Claim) -> JobRow | None:
    """Return a job as it is now, and keep it so; None when the claim is lost."""
    query = select(JobRow).where(*_is_held(claim)).with_for_update()
    return await session.scalar(query)


async def _finish(session: AsyncSession, claim: Claim, state: JobState, **said: object) -> None:
    ended = {"state": state.value, "finished_at": func.now(), "claim_id": None}
    await session.execute(_held(claim).values(**ended, **said))


async def _wait(
    session: AsyncSession, claim: Claim, wait: timedelta = timedelta(0), **said: object
) -> None:
    due = {"state": JobState.WAITING.value, "due_at": func.now() + wait}
    free = {"claim_id": None, "cancel_asked": False}
    await session.execute(_held(claim).values(**due, **free, **said))


def _held(claim: Claim) -> Update:
    return update(JobRow).where(*_is_held(claim))


def _is_held(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return JobRow.id == claim.job_id, JobRow.claim_id == claim.id


async def seconds_to_next(session: AsyncSession, kinds: list[Kind[Any, Any]]) -> float | None:
    """Return in how many seconds the next job of these kinds may be taken, if there is any."""
    waits = [
        await session.scalar(
            select(extract("epoch", func.min(JobRow.due_at) - func.now())).where(
                UNFINISHED, JobRow.kind == kind.name, JobRow.version <= kind.version
            )
        )
        for kind in kinds
    ]
    return min((float(wait) for wait in waits if wait is not None), default=None)


async def prune(session: AsyncSession, keep: timedelta) -> None:
    """Delete what was finished longer ago than `keep`."""
    await session.execute(delete(JobRow).where(JobRow.finished_at < func.now() - keep))


async def give_up_unknown(
    session: AsyncSession, known: Iterable[str], after: timedelta
) -> Sequence[str]:
    """Fail the jobs of kinds that nobody has done for so long; return these kinds.

    They are left alone at first: while a new version is brought out, a newer process does them.
    """
    statement = (
        update(JobRow)
        .where(UNFINISHED, JobRow.kind.not_in(list(known)), JobRow.due_at < func.now() - after)
        .values(
            state=JobState.FAILED.value,
            finished_at=func.now(),
            claim_id=None,
            error="no process knows this kind of job",
        )
        .returning(JobRow.kind)
    )
    return sorted(set(await session.scalars(statement)))
