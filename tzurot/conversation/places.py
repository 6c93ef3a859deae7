"""The places to work at: a bounded number, and whoever waits for one gets it in turns by person."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

FIRST_GUESS_S: Final = 8.0
"""How long a place is held, as long as none was."""
_NEWEST_COUNTS: Final = 0.2


class Place:
    """Somebody's place, or the wait for one."""

    def __init__(self, expected_s: float) -> None:
        self.expected_s = expected_s
        """How long the wait was expected to be when it began."""
        self.since: float | None = None
        """When it was given."""
        self._news: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_given(self) -> bool:
        """Whether one may begin."""
        return self.since is not None

    def give(self, now: float) -> None:
        """Let them begin."""
        self.since = now
        self.wake()

    def wake(self) -> None:
        """End the wait."""
        self._news.set_result(None)

    async def given(self, within_s: float | None) -> bool:
        """Wait for it, for so long at most; whether one may begin."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                # Whoever stops waiting may come back: the position is kept.
                await asyncio.shield(self._news)
        return self.is_given


class Places:
    """Gives `bound` places. People who wait take turns, and what each waits for comes in order.

    So somebody who asks in a hundred channels is not ahead of somebody who asks in one.
    """

    def __init__(self, bound: int, clock: Callable[[], float] | None = None) -> None:
        self._bound = self._free = bound
        self._clock = clock or asyncio.get_running_loop().time
        # Whoever is next stands first.
        self._waiting: OrderedDict[int, deque[Place]] = OrderedDict()
        self._held_s = FIRST_GUESS_S
        self.is_closed = False

    @contextmanager
    def queue(self, user_id: int) -> Iterator[Place]:
        """Line up for a place; it is somebody else's, or the position is, at the end."""
        place = Place((self._ahead_of(user_id) + 1) * self._held_s / self._bound)
        self._waiting.setdefault(user_id, deque()).append(place)
        self._give()
        try:
            yield place
        finally:
            if place.since is None:
                self._leave(user_id, place)
            else:
                self._free += 1
                held_s = self._clock() - place.since
                self._held_s += _NEWEST_COUNTS * (held_s - self._held_s)
                self._give()

    def close(self) -> None:
        """Give no place any more, and end every wait."""
        if self.is_closed:
            return
        self.is_closed = True
        for places in self._waiting.values():
            for place in places:
                place.wake()

    def _give(self) -> None:
        while self._free and self._waiting and not self.is_closed:
            user_id, places = next(iter(self._waiting.items()))
            place = places.popleft()
            if places:
                self._waiting.move_to_end(user_id)
            else:
                del self._waiting[user_id]
            self._free -= 1
            place.give(self._clock())

    def _ahead_of(self, user_id: int) -> int:
        """Return how many come before the next one that this person waits for."""
        own = len(self._waiting.get(user_id, ()))
        ahead, is_before = own, True
        for other, places in self._waiting.items():
            if other == user_id:
                is_before = False
            else:
                ahead += min(len(places), own + is_before)
        return ahead

    def _leave(self, user_id: int, place: Place) -> None:
        places = self._waiting[user_id]
        places.remove(place)
        if not places:
            del self._waiting[user_id]
