"""What one author says in a row is answered once: whose answers are on their way, who writes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from tzurot.history.turns import Turn

HELD_S: Final = 6.0
"""The longest that an answer waits for an author who types on."""
TYPING_LASTS_S: Final = 10.0
"""How long Discord shows that somebody types, unless they do again."""
MOST_RESTARTS: Final = 2

ResultT = TypeVar("ResultT")


@dataclass
class _Author:
    """One person in one channel."""

    turns: dict[UUID, _Pending] = field(default_factory=dict)
    types_until: float = 0.0
    """Until when they are seen typing, after all that they said."""
    unheard: int = 0
    """Messages that have come in, and are not routed yet."""
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Pending:
    """An answer that is on its way to them."""

    character_id: UUID
    author: _Author
    begun_again: bool = False
    writing: asyncio.Future[Any] | None = None


class Bursts:
    """Knows of the turns in this process; that nothing of an answer is shown, the journal knows."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._authors: dict[tuple[int, int], _Author] = {}
        self._pending: dict[UUID, _Pending] = {}

    def add(self, turn: Turn) -> None:
        """Take note that a turn is queued."""
        author = self._authors.setdefault((turn.channel_id, turn.user_id), _Author())
        pending = _Pending(turn.character_id, author)
        self._pending[turn.id] = author.turns[turn.id] = pending

    def close(self, turn: Turn) -> None:
        """Take note that a turn takes in no further message."""
        self._pending[turn.id].author.turns.pop(turn.id, None)

    def remove(self, turn: Turn) -> None:
        """Take note that a turn is at its end."""
        self.close(turn)
        del self._pending[turn.id]
        self._tidy(turn.channel_id, turn.user_id)

    def pending(self, channel_id: int, author_id: int) -> dict[UUID, UUID]:
        """Return who is about to answer this person there, by the ids of the turns."""
        author = self._authors.get((channel_id, author_id), _Author())
        return {turn_id: pending.character_id for turn_id, pending in author.turns.items()}

    def typing(self, channel_id: int, user_id: int) -> None:
        """Take note that somebody types."""
        if (author := self._authors.get((channel_id, user_id))) is not None:
            author.types_until = self._clock() + TYPING_LASTS_S
            author.news.set()

    def heard(self, channel_id: int, author_id: int) -> None:
        """Take note that a message came in; `settled` follows."""
        author = self._authors.setdefault((channel_id, author_id), _Author())
        author.unheard += 1
        author.types_until = 0.0

    def settled(self, channel_id: int, author_id: int) -> None:
        """Take note that the message is routed."""
        author = self._authors[channel_id, author_id]
        author.unheard -= 1
        author.news.set()
        self._tidy(channel_id, author_id)

    def begin_again(self, turn_ids: Iterable[UUID]) -> None:
        """Stop what is being written for these turns: the journal says what to answer now."""
        for turn_id in turn_ids:
            if (pending := self._pending.get(turn_id)) is not None:
                pending.begun_again = True
                pending.author.news.set()
                if pending.writing is not None:
                    pending.writing.cancel()

    async def write(self, turn: Turn, work: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        """Do the work of one turn; None when the turn was begun again since it was last read."""
        pending = self._pending[turn.id]
        if pending.begun_again:
            pending.begun_again = False
            return None
        pending.writing = task = asyncio.ensure_future(work())
        try:
            await asyncio.wait({task})
        finally:
            pending.writing = None
            # Nothing of it outlives us when it is we who are stopped.
            task.cancel()
        if task.cancelled():
            pending.begun_again = False
            return None
        return task.result()

    async def hold(self, turn: Turn) -> None:
        """Wait while the author writes on, for `HELD_S` at most."""
        pending = self._pending[turn.id]
        author, end = pending.author, self._clock() + HELD_S
        while not pending.begun_again and turn.restarts < MOST_RESTARTS:
            until = end if author.unheard else min(end, author.types_until)
            if (left := until - self._clock()) <= 0:
                return
            author.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await author.news.wait()

    def _tidy(self, channel_id: int, author_id: int) -> None:
        author = self._authors.get((channel_id, author_id))
        if author is not None and not author.turns and not author.unheard:
            del self._authors[channel_id, author_id]
