"""A past for tests of memory: people and characters who said something to each other."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select

from tests.support.jobs import until
from tzurot.characters.scope import Scope, Venue
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.jobs import Run, Worker
from tzurot.memory import REMEMBER, Embedder, Memories
from tzurot.memory.store import Exchange
from tzurot.storage.database import Database
from tzurot.storage.tables import JobRow, MemoryRow

ADA, BEN = 1, 2
TAVERN: Final = Venue(channel_id=50, guild_id=7)
HARBOUR: Final = Venue(channel_id=51, guild_id=7)
ELSEWHERE: Final = Venue(channel_id=52, guild_id=8)
DM: Final = Venue(channel_id=60, guild_id=None)

_NAMES: Final = {ADA: "Ada", BEN: "Ben"}
_ids = itertools.count(1 << 60)


class Gated(Embedder):
    """Embeds for real, but lets nothing of the background begin before its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()

    async def passage(self, text: str) -> list[float]:
        self.reached.set()
        await self.gate.wait()
        return await super().passage(text)


@dataclass
class Past:
    """What was said, and the memory of it."""

    database: Database
    embedder: Embedder
    juniper: UUID
    sable: UUID
    memories: Memories = field(init=False)
    messages: MessageStore = field(init=False)

    def __post_init__(self) -> None:
        self.memories = Memories(self.database, self.embedder)
        self.messages = MessageStore(self.database, [self.memories])

    def scope(self, user: int = ADA, venue: Venue = TAVERN, character: UUID | None = None) -> Scope:
        """Return who asks whom, and where."""
        return Scope(user, character or self.juniper, venue)

    async def said(
        self, words: str, *replies: str, user: int = ADA, venue: Venue = TAVERN
    ) -> Exchange:
        """Keep what was said and replied; nothing of it is remembered yet."""
        ids = [next(_ids) for _ in range(1 + len(replies or ("I see.",)))]
        asked = Message(
            channel_id=venue.channel_id,
            id=ids[0],
            author_kind=AuthorKind.PERSON,
            author_id=user,
            author_name=_NAMES[user],
            content=words,
        )
        answers = [
            Message(
                channel_id=venue.channel_id,
                id=message_id,
                author_kind=AuthorKind.CHARACTER,
                author_id=1000,
                author_name="Juniper",
                content=reply,
                reply_to_id=ids[0],
                character_id=self.juniper,
            )
            for message_id, reply in zip(ids[1:], replies or ("I see.",), strict=True)
        ]
        await self.messages.record([asked, *answers])
        return Exchange(user, self.juniper, venue.guild_id, venue.channel_id, ids[0], ids)

    async def write(self, exchange: Exchange) -> None:
        """Remember an exchange now, as a job does."""
        await self.memories.write(exchange, Run(uuid4(), 1))

    async def lived(self, words: str, *replies: str, user: int = ADA, venue: Venue = TAVERN) -> int:
        """Say something and remember it; return the id of what was said."""
        exchange = await self.said(words, *replies, user=user, venue=venue)
        await self.write(exchange)
        return exchange.trigger_id

    async def texts(self) -> list[str]:
        """Return all memories, in order."""
        query = select(MemoryRow.text).order_by(MemoryRow.trigger_id, MemoryRow.position)
        async with self.database.transaction() as session:
            return list(await session.scalars(query))

    @asynccontextmanager
    async def remembering(self, database: Database | None = None) -> AsyncIterator[None]:
        """Run the jobs of memory, as a process with this database does."""
        worker = Worker(database or self.database, poll=timedelta(seconds=0.1))
        worker.handle(REMEMBER, Memories(database or self.database, self.embedder).write)
        worker.start()
        try:
            yield
        finally:
            await worker.stop(5)

    async def jobs(self, *states: str) -> int:
        """Return how many jobs there are in these states, or in any."""
        query = select(func.count()).select_from(JobRow)
        if states:
            query = query.where(JobRow.state.in_(states))
        async with self.database.transaction() as session:
            return await session.scalar(query) or 0

    async def settled(self) -> None:
        """Wait until no job is left to do."""
        await until(lambda: self.jobs("waiting", "running"), lambda count: count == 0)
