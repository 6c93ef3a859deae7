"""Values that are made once, for all who ask at the same time, and kept while there is space."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable


class Once:
    """Texts by key; those that were not asked for longest go first.

    `most` is how many characters are kept in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[str]] = {}

    def get(self, key: str) -> str | None:
        """Return what is kept under this key."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    async def make(self, key: str, how: Callable[[], Awaitable[str]]) -> str:
        """Return what is kept, or what `how` gives; raises what it raises.

        Who stops waiting stops only that: it is made to the end, and then kept.
        """
        if (kept := self.get(key)) is not None:
            return kept
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._made(key, how))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._over(key, done))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop all that is being made."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _made(self, key: str, how: Callable[[], Awaitable[str]]) -> str:
        value = await how()
        self._kept[key] = value
        self._size += len(value)
        while self._size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)
        return value

    def _over(self, key: str, task: asyncio.Task[str]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            # Looked at, so that it is no news when nobody waits any more.
            task.exception()
