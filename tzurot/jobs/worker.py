"""Runs jobs in this process, beside other processes that do the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from loguru import logger
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.jobs.claims import (
    Claim,
    end,
    give_back,
    give_up_unknown,
    prune,
    renew,
    seconds_to_next,
    take,
)
from tzurot.jobs.kind import Kind
from tzurot.jobs.queue import CHANNEL, JobState, tell
from tzurot.storage.connection import hold
from tzurot.storage.database import Database
from tzurot.storage.outages import FAULTS, may_pass

P = TypeVar("P")
R = TypeVar("R")

GRACE_S: Final = 2.0
"""How long what is interrupted may take to tidy up."""
PRUNE_EVERY_S: Final = 3600.0
AFTER_FAULT_S: Final = 2.0
SHORTEST_WAIT_S: Final = 0.1
TEXT_LENGTH: Final = 500


class Run:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job_id: UUID, attempt: int) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self._said: dict[str, object] = {}

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Tell how far the work is; call it as often as you like, it is written now and then."""
        self._said = {"done": done, "total": total, "progress": _kept(text)}

    def news(self) -> dict[str, object]:
        """Return what was said since the last call."""
        said, self._said = self._said, {}
        return said


Handler = Callable[[P, Run], Coroutine[Any, Any, R]]


@dataclass(slots=True)
class _Handled:
    """A kind, its handler, and how many run here now."""

    kind: Kind[Any, Any]
    handler: Handler[Any, Any]
    running: int = 0

    @property
    def room(self) -> int:
        return self.kind.concurrency - self.running


@dataclass(slots=True)
class _Running:
    """A job that this process holds."""

    claim: Claim
    run: Run
    work: asyncio.Task[Any] | None = None
    must_stop: bool = False
    """It was cancelled, or the claim is lost: its end is not for us to judge."""

    def give_up(self) -> None:
        self.must_stop = True
        self.interrupt()

    def interrupt(self) -> None:
        if self.work is not None:
            self.work.cancel()


@dataclass(slots=True)
class Worker:
    """Takes jobs of the kinds that it was given handlers for, and runs them."""

    database: Database
    lease: timedelta = timedelta(seconds=20)
    """For how long a process may be silent before its jobs are taken by others."""
    poll: timedelta = timedelta(seconds=30)
    """How often to look for work that nobody told of."""
    keep: timedelta = timedelta(days=7)
    """For how long finished jobs are kept, and those of kinds that no process knows wait."""
    _handled: dict[str, _Handled] = field(default_factory=dict)
    _running: dict[UUID, _Running] = field(default_factory=dict)
    _attempts: set[asyncio.Task[None]] = field(default_factory=set)
    _loops: list[asyncio.Task[None]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def handle(self, kind: Kind[P, R], handler: Handler[P, R]) -> None:
        """Run jobs of this kind with this handler.

        Whatever it raises makes the job be tried again, as far as its kind allows.
        """
        self._handled[kind.name] = _Handled(kind, handler)

    def start(self) -> None:
        """Begin to take jobs."""
        steps = (self._take, self._keep_claims, self._listen, self._prune)
        self._loops = [asyncio.create_task(self._repeat(step)) for step in steps]

    async def stop(self, timeout_s: float) -> None:
        """Take no more jobs, let those that run finish for `timeout_s`, then give them back."""
        self._stopping = True
        self._wake.set()
        # What is being taken now is still begun, so that it is not held in vain. The other loops
        # go on: what finishes is kept from others, and hears that it was cancelled.
        await asyncio.wait(self._loops[:1], timeout=GRACE_S)
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=timeout_s)
        for running in self._running.values():
            running.interrupt()
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=GRACE_S)
        unfinished = [*self._loops, *self._attempts]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    # -- what goes on until it is stopped ----------------------------------------------------

    async def _take(self) -> None:
        self._wake.clear()
        free = [handled for handled in self._handled.values() if handled.room > 0]
        taken: list[tuple[_Handled, Claim]] = []
        wait: float | None = None
        if free:
            async with self.database.transaction() as session:
                for handled in free:
                    claims = await take(session, handled.kind, handled.room, self.lease)
                    taken += [(handled, claim) for claim in claims]
            for handled, claim in taken:
                self._begin(handled, claim)
            with_room = [handled.kind for handled in free if handled.room > 0]
            async with self.database.transaction() as session:
                wait = await seconds_to_next(session, with_room)
        longest = self.poll.total_seconds()
        wait = longest if wait is None else min(max(wait, SHORTEST_WAIT_S), longest)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), wait)

    async def _keep_claims(self) -> None:
        await asyncio.sleep(self.lease.total_seconds() / 8)
        for running in list(self._running.values()):
            said = running.run.news()
            # One at a time: a transaction that holds several would stand in the way of others.
            async with self.database.transaction() as session:
                is_ours = await renew(session, running.claim, self.lease, **said)
            if not is_ours:
                running.give_up()

    async def _listen(self) -> None:
        async def begun(driver: asyncpg.Connection) -> None:
            await driver.add_listener(CHANNEL, self._heard)
            # What was told before was not heard.
            self._wake.set()

        await hold(self.database.engine, begun)
        logger.warning("The connection that tells of jobs was lost")
        await asyncio.sleep(AFTER_FAULT_S)

    def _heard(self, _connection: object, _pid: int, _channel: str, what: object) -> None:
        word, _, job_id = str(what).partition(" ")
        if word == "cancel":
            if job_id and (running := self._running.get(UUID(job_id))) is not None:
                running.give_up()
        elif what in self._handled:
            self._wake.set()

    async def _prune(self) -> None:
        async with self.database.transaction() as session:
            await prune(session, self.keep)
            for kind in await give_up_unknown(session, self._handled, self.keep):
                logger.warning("Jobs of the kind {} were given up: nobody does them", kind)
        await asyncio.sleep(PRUNE_EVERY_S)

    # -- one attempt at one job --------------------------------------------------------------

    def _begin(self, handled: _Handled, claim: Claim) -> None:
        handled.running += 1
        if (earlier := self._running.get(claim.job_id)) is not None:
            # We were not heard of for so long that the job was free again, and took it ourselves.
            earlier.give_up()
        running = _Running(claim, Run(claim.job_id, claim.attempt))
        self._running[claim.job_id] = running
        task = asyncio.create_task(self._attempt(handled, running))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _attempt(self, handled: _Handled, running: _Running) -> None:
        claim = running.claim
        with logger.contextualize(job=str(claim.job_id), kind=handled.kind.name):
            try:
                await self._write(handled, running, await self._work(handled, running))
            except Exception:  # noqa: BLE001  the job is taken again when its lease ends
                logger.exception("The end of a job could not be written")
            finally:
                handled.running -= 1
                if self._running.get(claim.job_id) is running:
                    del self._running[claim.job_id]
                self._wake.set()

    async def _work(self, handled: _Handled, running: _Running) -> _Finish:
        """Run the handler, and return what is to be written then."""
        kind, claim = handled.kind, running.claim
        if claim.cancel_asked:
            return _ended(claim, JobState.CANCELLED)
        try:
            payload = _opened(kind, claim)
        except Exception as error:  # noqa: BLE001  it will be no better the next time
            return _failed_for_good(claim, error)
        try:
            result = kind.dump_result(await _call(handled, running, payload))
        except _InterruptedError as error:
            if running.must_stop:
                return _ended(claim, JobState.CANCELLED)
            return _released(claim, kind) if self._stopping else _failed(claim, kind, error)
        except Exception as error:  # noqa: BLE001  whatever it is, it is tried again
            return _failed(claim, kind, error)
        said = {**running.run.news(), "result": result, "version": kind.version, "error": None}
        return _ended(claim, JobState.DONE, **said)

    async def _write(self, handled: _Handled, running: _Running, finish: _Finish) -> None:
        """Write how an attempt ended; the claim is kept while the database is away."""
        while True:
            try:
                async with self.database.transaction() as session:
                    await finish(session)
            except FAULTS as error:
                if not may_pass(error):
                    finish = _failed(running.claim, handled.kind, error)
                    async with self.database.transaction() as session:
                        await finish(session)
                    return
                logger.warning("The end of a job is not written yet: {}", _first_line(error))
                await asyncio.sleep(AFTER_FAULT_S)
            else:
                return

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        begins = step in {self._take, self._prune}
        while not (begins and self._stopping):
            try:
                await step()
            except FAULTS as error:
                logger.warning("The database does not serve jobs: {}", _first_line(error))
                await asyncio.sleep(AFTER_FAULT_S)
            except Exception:  # noqa: BLE001  one fault must not end all work
                logger.exception("Jobs could not be looked after")
                await asyncio.sleep(AFTER_FAULT_S)


class _InterruptedError(Exception):
    """The handler was cancelled."""


class SpentError(Exception):
    """A job has used up what its kind allows."""


def _opened(kind: Kind[P, Any], claim: Claim) -> P:
    """Return what is to be done. Raises SpentError, and whatever its upgrade raises."""
    if claim.attempt > kind.attempts:
        msg = "its process died in the last attempt"
        raise SpentError(msg)
    if claim.age > kind.lifetime:
        msg = "it is too old to be begun"
        raise SpentError(msg)
    return kind.load_payload(claim.version, claim.payload)


async def _call(handled: _Handled, running: _Running, payload: object) -> object:
    """Return the handler's result. Raises what it raises, TimeoutError and _InterruptedError."""
    limit = handled.kind.time_limit.total_seconds()
    work = running.work = asyncio.create_task(handled.handler(payload, running.run))
    if running.must_stop:
        work.cancel()
    await asyncio.wait({work}, timeout=limit)
    if not work.done():
        work.add_done_callback(_see)
        work.cancel()
        await asyncio.wait({work}, timeout=GRACE_S)
        msg = f"it took longer than {limit:g} s"
        raise TimeoutError(msg)
    if work.cancelled():
        raise _InterruptedError
    return work.result()


def _see(work: asyncio.Task[Any]) -> None:
    """Look at what a handler raises while it tidies up; asyncio complains of what nobody sees."""
    if not work.cancelled():
        work.exception()


_Finish = Callable[[AsyncSession], Awaitable[None]]


def _ended(claim: Claim, state: JobState, **said: object) -> _Finish:
    return lambda session: end(session, claim, state, **said)


def _failed(claim: Claim, kind: Kind[Any, Any], error: BaseException) -> _Finish:
    if claim.attempt >= kind.attempts:
        return _failed_for_good(claim, error)
    wait = kind.wait_after(claim.attempt)
    logger.opt(exception=error).warning(
        "Attempt {} at a job failed; the next is in {:.1f} s", claim.attempt, wait.total_seconds()
    )
    return lambda session: give_back(session, claim, wait, error=_first_line(error))


def _failed_for_good(claim: Claim, error: BaseException) -> _Finish:
    logger.opt(exception=error).error("A job failed for good")
    return _ended(claim, JobState.FAILED, error=_first_line(error))


def _released(claim: Claim, kind: Kind[Any, Any]) -> _Finish:
    async def release(session: AsyncSession) -> None:
        await give_back(session, claim, attempts=claim.attempt - 1)
        await tell(session, kind.name)

    return release


def _first_line(error: BaseException) -> str:
    """Say what went wrong; the later lines of the database's errors hold people's words."""
    line = (str(error).splitlines() or [""])[0]
    return _kept(f"{type(error).__name__}: {line}")


def _kept(text: str) -> str:
    """Return as much of a text as is kept; PostgreSQL takes no zeros in it."""
    return text.replace("\0", "")[:TEXT_LENGTH]
