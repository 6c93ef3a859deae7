"""Stops turns that are not answered yet, for those who may."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.history.turns import UNFINISHED, TurnState
from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow, TurnPartRow, TurnRow

_STOPPABLE = [state.value for state in UNFINISHED if state is not TurnState.DELIVERING]
"""What is being posted is too late to stop."""


@dataclass(frozen=True, slots=True)
class Going:
    """A turn that can be stopped: a character's answer to a person."""

    turn_id: UUID
    character_name: str
    person_name: str
    """As they were called when they spoke."""


class Stops:
    """Finds and cancels what goes on in a channel.

    `by`: who wants to; only what answers them is found. None stands for somebody who may stop
    everybody's there, which is for the caller to check.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def going(self, channel_id: int, *, by: int | None) -> list[Going]:
        """Return what can be stopped, oldest first."""
        async with self._database.reading() as session:
            found = await session.execute(_going(channel_id, by))
            return [_told(row, name) for row, name in found]

    async def stop(
        self, channel_id: int, *, by: int | None, turn_id: UUID | None = None
    ) -> list[Going]:
        """Cancel what can be stopped, or this turn of it; return what was.

        Of an answer that is shown while it is written, what is shown by now is the whole.
        """
        query = _going(channel_id, by)
        if turn_id is not None:
            query = query.where(TurnRow.id == turn_id)
        stopped = []
        async with self._database.transaction() as session:
            for row, name in await session.execute(query.with_for_update(of=TurnRow)):
                if row.state == TurnState.STREAMING.value:
                    row.reply = await _shown(session, row.id, name)
                else:
                    row.state, row.reply = TurnState.CANCELLED.value, None
                row.updated_at = func.now()
                stopped.append(_told(row, name))
        return stopped


async def _shown(session: AsyncSession, turn_id: UUID, character_name: str) -> str:
    contents = select(TurnPartRow.content).where(TurnPartRow.turn_id == turn_id)
    found = await session.scalars(contents.order_by(TurnPartRow.position))
    # In a DM it begins with who speaks, which is no part of what they say.
    return "\n".join(found).removeprefix(f"**{character_name}:** ")


def _going(channel_id: int, by: int | None) -> Select[TurnRow, str]:
    query = (
        select(TurnRow, CharacterRow.name)
        .join(CharacterRow, CharacterRow.id == TurnRow.character_id)
        .where(TurnRow.channel_id == channel_id, TurnRow.state.in_(_STOPPABLE))
        .order_by(TurnRow.created_at, TurnRow.id)
    )
    return query if by is None else query.where(TurnRow.user_id == by)


def _told(row: TurnRow, character_name: str) -> Going:
    return Going(row.id, character_name, str(row.payload["author_name"]))
