"""In-process queues: one at a time and in order within a lane, lanes side by side up to a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from loguru import logger

Work = Callable[[], Awaitable[None]]


class Lanes:
    """Runs work in lanes (a lane is a channel); at most `bound` lanes work at once, if it is given.

    Nothing is begun before `open`.
    """

    def __init__(self, bound: int | None = None) -> None:
        self._room = nullcontext() if bound is None else asyncio.Semaphore(bound)
        self._open = asyncio.Event()
        self._waiting: dict[int, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def open(self) -> None:
        """Begin."""
        self._open.set()

    def put(self, lane: int, work: Work) -> bool:
        """Queue work in its lane; False when draining has begun and nothing is taken any more."""
        if self._closed:
            return False
        if lane in self._waiting:
            self._waiting[lane].append(work)
            return True
        self._waiting[lane] = deque([work])
        task = asyncio.create_task(self._run(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _run(self, lane: int) -> None:
        waiting = self._waiting[lane]
        await self._open.wait()
        while waiting:
            work = waiting.popleft()
            async with self._room:
                try:
                    await work()
                except Exception:  # noqa: BLE001  a lane outlives what fails in it
                    logger.exception("Work in a lane failed")
        del self._waiting[lane]

    async def drain(self, timeout_s: float, *, begin_waiting: bool) -> int:
        """Take nothing more, let what runs finish for `timeout_s`, then cancel it.

        What waits in the lanes is begun only if `begin_waiting`. Returns how many lanes were cut.
        """
        self._closed = True
        if not begin_waiting or not self._open.is_set():
            for waiting in self._waiting.values():
                waiting.clear()
        self._open.set()
        if not self._tasks:
            return 0
        _, running = await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return len(running)
