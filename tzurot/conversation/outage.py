"""Waits while the database is away, and tells people who wait with us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from loguru import logger

from tzurot import texts
from tzurot.characters.scope import Venue
from tzurot.conversation.notices import Notices
from tzurot.storage.outages import may_pass
from tzurot.storage.presence import Presence

TOLD_AFTER_S: Final = 15.0
"""How long it is away before people are told."""
MOST_OUTAGES: Final = 10
"""After as many in one piece of work it is the work that is at fault."""
_PAUSES_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)

ResultT = TypeVar("ResultT")


class Outage:
    """One at a time: whoever finds the database away waits for the same return."""

    def __init__(
        self, answers: Callable[[], Awaitable[bool]], presence: Presence, notices: Notices
    ) -> None:
        self._answers = answers
        self._presence = presence
        self._notices = notices
        self._watching: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._since = 0.0
        # The words that stand where somebody waits.
        self._told: set[str] = set()

    async def outlasted(
        self, work: Callable[[], Awaitable[ResultT]], venue: Venue | None = None
    ) -> ResultT:
        """Return what the work returns; it is done again after the database was away.

        `venue`: where somebody waits for it, who is told when it takes long.
        """
        for _ in range(MOST_OUTAGES):
            try:
                return await work()
            except Exception as error:
                if not may_pass(error):
                    raise
                logger.warning("The database is away: {}", type(error).__name__)
            await self._back(venue)
        return await work()

    async def _back(self, venue: Venue | None) -> None:
        """Wait until the database answers."""
        clock = asyncio.get_running_loop().time
        if self._watching is None:
            self._since = clock()
            self._watching = asyncio.create_task(self._watch())
        watching = self._watching
        left = self._since + TOLD_AFTER_S - clock()
        done, _ = await asyncio.wait({watching}, timeout=max(0, left))
        if not done and venue is not None:
            self._tell(venue)
        await asyncio.wait({watching})

    async def _watch(self) -> None:
        tried = 0
        # What was asked failed just now: the first look is not at once.
        while True:
            await asyncio.sleep(_PAUSES_S[min(tried, len(_PAUSES_S) - 1)])
            if await self._answers():
                break
            tried += 1
        # Until then another process may take what is ours.
        await self._presence.seen()
        self._watching = None
        logger.info("The database is back")
        told, self._told = self._told, set()
        self._tidying = asyncio.create_task(self._notices.over(*told))

    def _tell(self, venue: Venue) -> None:
        """Say once in a channel that it takes longer; the word is taken away afterwards."""
        name = f"away {venue.channel_id} {self._since}"
        self._told.add(name)
        self._notices.tell(name, venue, texts.DATABASE_AWAY)
