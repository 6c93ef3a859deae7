"""Keeps which words of ours stand in channels until a turn is at its end."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tzurot.characters.scope import Venue
from tzurot.history.turns import UNFINISHED, Turn
from tzurot.storage.database import Database
from tzurot.storage.presence import is_present
from tzurot.storage.tables import NoticeRow, TurnRow


@dataclass(frozen=True, slots=True)
class Notice:
    """A word about a turn."""

    id: UUID
    turn_id: UUID | None
    """None when the turn is gone with its character."""
    venue: Venue
    after_id: int
    """The message that it stands behind."""
    message_id: int | None
    """None until it is certain to be in the channel."""


class NoticeStore:
    """Reads and writes them, for the process `owner`."""

    def __init__(self, database: Database, owner: int) -> None:
        self._database = database
        self._owner = owner

    async def begin(self, turn: Turn, venue: Venue) -> UUID | None:
        """Note that there will be a word about a turn; return its id, None when there is one."""
        statement = (
            insert(NoticeRow)
            .values(
                turn_id=turn.id,
                channel_id=venue.channel_id,
                guild_id=venue.guild_id,
                after_id=turn.trigger_id,
            )
            .on_conflict_do_nothing()
            .returning(NoticeRow.id)
        )
        async with self._database.transaction() as session:
            return await session.scalar(statement)

    async def posted(self, notice_id: UUID, message_id: int) -> None:
        """Note that it is in the channel."""
        statement = update(NoticeRow).where(NoticeRow.id == notice_id)
        async with self._database.transaction() as session:
            await session.execute(statement.values(message_id=message_id))

    async def remove(self, notice_id: UUID) -> None:
        """Note that it is not in the channel any more."""
        async with self._database.transaction() as session:
            await session.execute(delete(NoticeRow).where(NoticeRow.id == notice_id))

    async def left(self) -> list[Notice]:
        """Return those whose turn is at its end, unless another process that is alive did it."""
        is_over = TurnRow.state.not_in([state.value for state in UNFINISHED])
        is_anothers = (TurnRow.owner != self._owner) & is_present(TurnRow.owner)
        query = (
            select(NoticeRow)
            .outerjoin(TurnRow, TurnRow.id == NoticeRow.turn_id)
            .where(or_(TurnRow.id.is_(None), is_over & not_(is_anothers)))
        )
        async with self._database.transaction() as session:
            return [
                Notice(
                    id=row.id,
                    turn_id=row.turn_id,
                    venue=Venue(row.channel_id, row.guild_id),
                    after_id=row.after_id,
                    message_id=row.message_id,
                )
                for row in await session.scalars(query)
            ]
