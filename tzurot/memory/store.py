"""What characters remember of people: written after a reply, found again before the next.

A memory belongs to one person and one character. What was said in a DM is recalled in a DM only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, not_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.characters.scope import Scope
from tzurot.history.clears import is_cleared
from tzurot.jobs import Kind, Run, enqueue
from tzurot.memory.embedder import Embedder
from tzurot.memory.windows import Line, windows
from tzurot.snowflakes import said_at
from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow, MemoryRow, MessageRow


@dataclass(frozen=True, slots=True)
class Exchange:
    """Something said to a character, and its reply; the words are read when it is remembered."""

    user_id: int
    character_id: UUID
    guild_id: int | None
    channel_id: int
    trigger_id: int
    message_ids: list[int]


REMEMBER: Final = Kind(
    name="remember",
    version=1,
    payload=Exchange,
    result=type(None),
    attempts=8,
    time_limit=timedelta(minutes=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A memory that fits; `score` is the cosine similarity, at most 1."""

    id: UUID
    text: str
    said_at: datetime
    score: float
    message_ids: tuple[int, ...]


class ExchangeChangedError(Exception):
    """What was said was edited while it was being remembered; the next attempt reads it anew."""


class Memories:
    """Remembers, recalls and forgets; when it is off, it only forgets."""

    def __init__(self, database: Database, embedder: Embedder, *, is_on: bool = True) -> None:
        self._is_on = is_on
        self._database = database
        self._embedder = embedder

    async def remember(
        self,
        scope: Scope,
        *,
        trigger_id: int,
        reply_ids: Iterable[int],
        earlier_ids: Iterable[int] = (),
    ) -> None:
        """See that an exchange is remembered soon; once, however often this is called.

        `earlier_ids` are the messages that were answered together with the trigger.
        """
        if not self._is_on:
            return
        exchange = Exchange(
            user_id=scope.user_id,
            character_id=scope.character_id,
            guild_id=scope.venue.guild_id,
            channel_id=scope.venue.channel_id,
            trigger_id=trigger_id,
            message_ids=[*earlier_ids, trigger_id, *reply_ids],
        )
        async with self._database.transaction() as session:
            await _enqueue(session, exchange)

    async def write(self, exchange: Exchange, run: Run) -> None:
        """Remember an exchange as it stands now: the handler of REMEMBER jobs.

        When one of its messages is gone, nothing of it is remembered. Raises EmbeddingError and
        ExchangeChangedError.
        """
        async with self._database.transaction() as session:
            lines = await _lines(session, exchange, for_good=False)
        cut = windows(lines)
        rows = []
        for position, window in enumerate(cut):
            run.progress(position, len(cut))
            rows.append(
                {
                    "user_id": exchange.user_id,
                    "character_id": exchange.character_id,
                    "guild_id": exchange.guild_id,
                    "channel_id": exchange.channel_id,
                    "trigger_id": exchange.trigger_id,
                    "position": position,
                    "message_ids": exchange.message_ids,
                    "text": window,
                    "embedding": await self._embedder.passage(window),
                    "said_at": said_at(exchange.trigger_id),
                }
            )
        async with self._database.transaction() as session:
            # Held until the commit: a deletion comes before, and is seen, or after, and finds us.
            # Whoever else writes this exchange waits as well.
            if await _lines(session, exchange, for_good=True) != lines:
                raise ExchangeChangedError
            await session.execute(
                delete(MemoryRow).where(
                    MemoryRow.character_id == exchange.character_id,
                    MemoryRow.trigger_id == exchange.trigger_id,
                )
            )
            if rows:
                await session.execute(insert(MemoryRow), rows)

    async def recall(
        self,
        scope: Scope,
        said: str,
        *,
        exclude_message_ids: Collection[int] = (),
        limit: int = 8,
    ) -> list[Recalled]:
        """Return what fits best to what is `said`, the best first; every memory is looked at.

        `exclude_message_ids` are the messages that the character reads anyway: an exchange of which
        it reads only a part is recalled. Raises EmbeddingError.
        """
        if not self._is_on or not said.strip():
            return []
        may_read = _may_read(scope)
        async with self._database.reading() as session:
            has_any = await session.scalar(select(select(MemoryRow.id).where(*may_read).exists()))
        if not has_any:
            return []
        embedding = await self._embedder.query(said)
        if exclude_message_ids:
            may_read.append(MemoryRow.id.not_in(_within(exclude_message_ids)))
        async with self._database.transaction() as session:
            # PostgreSQL cannot guess how few memories hold a message, and would read the table.
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            return await _nearest(session, may_read, embedding, limit)

    async def gone(self, session: AsyncSession, message_ids: Collection[int]) -> None:
        """Forget what was remembered of messages that are gone, wholly: the other side too."""
        await session.execute(
            delete(MemoryRow).where(MemoryRow.message_ids.overlap(list(message_ids)))
        )

    async def changed(self, session: AsyncSession, message_ids: Collection[int]) -> None:
        """See that what was remembered of messages that were edited is written anew."""
        query = (
            select(
                MemoryRow.user_id,
                MemoryRow.character_id,
                MemoryRow.guild_id,
                MemoryRow.channel_id,
                MemoryRow.trigger_id,
                MemoryRow.message_ids,
            )
            .where(MemoryRow.message_ids.overlap(list(message_ids)))
            .order_by(MemoryRow.trigger_id, MemoryRow.character_id)
            .distinct()
        )
        for row in (await session.execute(query)).all():
            await _enqueue(session, Exchange(*row))


async def _enqueue(session: AsyncSession, exchange: Exchange) -> None:
    key = f"{exchange.character_id} {exchange.trigger_id}"
    # Again: a job that is at its end has read what was said before.
    await enqueue(session, REMEMBER, exchange, unique_key=key, again=True)


async def _lines(session: AsyncSession, exchange: Exchange, *, for_good: bool) -> list[Line]:
    """Return what was said, or nothing when a part of it or the character is gone.

    `for_good` keeps all of it as it is until the transaction ends.
    """
    character = select(CharacterRow.id).where(CharacterRow.id == exchange.character_id)
    query = (
        select(MessageRow.author_name, MessageRow.content)
        .where(
            MessageRow.channel_id == exchange.channel_id,
            MessageRow.id.in_(exchange.message_ids),
        )
        .order_by(MessageRow.id)
    )
    if for_good:
        # The character first, as when it is deleted: that reaches its messages after it.
        character = character.with_for_update(read=True, key_share=True)
        query = query.with_for_update(key_share=True)
    if await session.scalar(character) is None:
        return []
    found = (await session.execute(query)).all()
    is_whole = len(found) == len(set(exchange.message_ids))
    return [Line(name, content) for name, content in found] if is_whole else []


def _may_read(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions of what this character may recall of this person here."""
    conditions = [
        MemoryRow.user_id == scope.user_id,
        MemoryRow.character_id == scope.character_id,
        # Wherever it is asked: what was cleared is not told by the way of memory.
        not_(is_cleared(scope, MemoryRow.channel_id, MemoryRow.begins_at)),
    ]
    if not scope.venue.is_dm:
        conditions.append(MemoryRow.guild_id.is_not(None))
    return conditions


def _within(message_ids: Collection[int]) -> Select[UUID]:
    """Return the query for the memories, whoever's, of which these messages are the whole.

    It is asked of the index of messages: the one that is searched for meaning does not know them.
    """
    return select(MemoryRow.id).where(MemoryRow.message_ids.contained_by(list(message_ids)))


async def _nearest(
    session: AsyncSession,
    may_read: Sequence[ColumnElement[bool]],
    embedding: list[float],
    limit: int,
) -> list[Recalled]:
    distance = MemoryRow.embedding.cosine_distance(embedding).label("distance")
    # Reads the covering index alone; only what was found is then read from the table.
    best = (
        select(MemoryRow.id, distance).where(*may_read).order_by(distance).limit(limit).cte("best")
    )
    query = (
        select(
            MemoryRow.id, MemoryRow.text, MemoryRow.said_at, MemoryRow.message_ids, best.c.distance
        )
        .join(best, best.c.id == MemoryRow.id)
        .order_by(best.c.distance)
    )
    return [
        Recalled(id=key, text=words, said_at=when, score=1 - away, message_ids=tuple(ids))
        for key, words, when, ids, away in await session.execute(query)
    ]
