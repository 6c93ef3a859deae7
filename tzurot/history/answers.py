"""Who answered what, and whom people spoke to, as the journal of turns tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tzurot.storage.database import Database
from tzurot.storage.tables import TurnPartRow, TurnRow, TurnTriggerRow


class Answers:
    """Reads what turns came to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def speakers(self, channel_id: int, message_ids: Iterable[int]) -> dict[int, UUID]:
        """Return which character posted which of these messages; others are left out."""
        query = (
            select(TurnPartRow.message_id, TurnRow.character_id)
            .join(TurnRow, TurnRow.id == TurnPartRow.turn_id)
            .where(
                TurnPartRow.channel_id == channel_id, TurnPartRow.message_id.in_(list(message_ids))
            )
        )
        async with self._database.reading() as session:
            found = await session.execute(query)
            return {message_id: speaker for message_id, speaker in found if message_id is not None}

    async def answered(self, channel_id: int, message_ids: Collection[int]) -> set[int]:
        """Return which of these messages have a turn, whatever became of it."""
        found: set[int] = set()
        async with self._database.transaction() as session:
            for table in (TurnRow, TurnTriggerRow):
                query = select(table.trigger_id).where(
                    table.channel_id == channel_id, table.trigger_id.in_(message_ids)
                )
                found.update(await session.scalars(query))
        return found

    async def direct_channels(self, *, since: datetime, limit: int) -> list[int]:
        """Return the direct messages in which anybody was answered since then, the latest first."""
        query = (
            select(TurnRow.channel_id)
            # Ids grow with time, and have an index.
            .where(TurnRow.id > _first_id_of(since), TurnRow.payload["guild_id"].astext.is_(None))
            .group_by(TurnRow.channel_id)
            .order_by(func.max(TurnRow.trigger_id).desc())
            .limit(limit)
        )
        async with self._database.reading() as session:
            return list(await session.scalars(query))

    async def last_addressed(
        self, user_id: int, before: int, channel_id: int | None = None
    ) -> UUID | None:
        """Return the character this person last spoke to before this message, anywhere or here."""
        query = select(TurnRow.character_id).where(
            TurnRow.user_id == user_id, TurnRow.trigger_id < before
        )
        if channel_id is not None:
            query = query.where(TurnRow.channel_id == channel_id)
        # Message ids grow with time, over all channels.
        query = query.order_by(TurnRow.trigger_id.desc()).limit(1)
        async with self._database.reading() as session:
            return await session.scalar(query)


def _first_id_of(moment: datetime) -> UUID:
    """Return the least UUIDv7 of a time."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))
