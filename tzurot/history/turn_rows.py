"""Rows of the journal, read and locked within a transaction of its writer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.storage.tables import TurnRow, TurnTriggerRow


async def locked(session: AsyncSession, *which: ColumnElement[bool]) -> list[TurnRow]:
    """Return these turns, oldest first, which nobody else changes until the transaction ends."""
    query = select(TurnRow).where(*which).order_by(TurnRow.created_at, TurnRow.id)
    return list(await session.scalars(query.with_for_update()))


async def answering(session: AsyncSession, channel_id: int, trigger_id: int) -> set[UUID]:
    """Return the characters that answer a message, by itself or in a burst."""
    return {
        character_id
        for table in (TurnRow, TurnTriggerRow)
        for character_id in await session.scalars(
            select(table.character_id).where(
                table.channel_id == channel_id, table.trigger_id == trigger_id
            )
        )
    }


def earlier_trigger(row: TurnRow) -> Insert:
    """Return what keeps the message that a turn answers, before it answers the next one too."""
    return insert(TurnTriggerRow).values(
        channel_id=row.channel_id,
        trigger_id=row.trigger_id,
        character_id=row.character_id,
        turn_id=row.id,
        payload=row.payload,
        payload_version=row.payload_version,
    )


async def newest_earlier(session: AsyncSession, turn_id: UUID) -> TurnTriggerRow | None:
    """Return the last message of a burst before the one that its turn names."""
    query = select(TurnTriggerRow).where(TurnTriggerRow.turn_id == turn_id)
    found: TurnTriggerRow | None = await session.scalar(
        query.order_by(TurnTriggerRow.trigger_id.desc()).limit(1)
    )
    return found
