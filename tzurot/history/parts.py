"""The messages that a turn's reply stands in: what they shall say, and whether they do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.storage.database import Database
from tzurot.storage.tables import TurnPartRow


@dataclass(frozen=True, slots=True)
class TurnPart:
    """One message of a reply; `message_id` is None until it is known to be in the channel.

    Blank content: the message is in the channel, and shall be taken away.
    """

    position: int
    content: str
    message_id: int | None
    is_due: bool = False
    """Whether the message in the channel may say something else yet."""
    is_gone: bool = False
    """Whether somebody took the message away; it is not posted again."""


class PartJournal:
    """Writes and reads what became of parts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, turn_id: UUID) -> list[TurnPart]:
        """Return the planned parts of a turn, in order."""
        async with self._database.reading() as session:
            return _parts(await _rows(session, turn_id))

    async def posted(self, turn_id: UUID, position: int, message_id: int) -> None:
        """Write that a part is in the channel, under this message id, and says what it shall."""
        async with self._database.transaction() as session:
            await session.execute(
                update(TurnPartRow)
                .where(TurnPartRow.turn_id == turn_id, TurnPartRow.position == position)
                .values(
                    message_id=message_id,
                    is_due=False,
                    # What took the place of another message is not gone with that one.
                    is_gone=and_(TurnPartRow.is_gone, TurnPartRow.message_id == message_id),
                )
            )

    async def removed(self, turn_id: UUID, position: int) -> None:
        """Write that a part was taken away, since there is no text for it any more."""
        async with self._database.transaction() as session:
            await session.execute(
                delete(TurnPartRow).where(
                    TurnPartRow.turn_id == turn_id, TurnPartRow.position == position
                )
            )

    async def gone(self, channel_id: int, message_id: int) -> None:
        """Write that somebody took a part's message away."""
        async with self._database.transaction() as session:
            await note_gone(session, channel_id, [message_id])


async def add_parts(
    session: AsyncSession,
    turn_id: UUID,
    channel_id: int,
    contents: Sequence[str],
    *,
    first: int = 0,
) -> None:
    """Plan further parts, from position `first` on."""
    if contents:
        values = [
            {
                "turn_id": turn_id,
                "position": position,
                "channel_id": channel_id,
                "content": content,
            }
            for position, content in enumerate(contents, start=first)
        ]
        await session.execute(insert(TurnPartRow).values(values))


async def lay_parts(
    session: AsyncSession, turn_id: UUID, channel_id: int, contents: Sequence[str]
) -> list[TurnPart]:
    """Plan these parts in place of those before; return what is planned now, in order.

    What is in the channel already is changed into the new text, or taken away when there is less.
    """
    rows = await _rows(session, turn_id)
    for row in rows:
        content = contents[row.position] if row.position < len(contents) else ""
        if not content and row.message_id is None:
            await session.delete(row)
        elif content != row.content:
            row.content = content
            row.is_due = row.message_id is not None
    await session.flush()
    await add_parts(session, turn_id, channel_id, contents[len(rows) :], first=len(rows))
    return _parts(await _rows(session, turn_id))


async def note_gone(session: AsyncSession, channel_id: int, message_ids: Collection[int]) -> None:
    """Write that somebody took these messages away, as far as they are parts."""
    await session.execute(
        update(TurnPartRow)
        .where(TurnPartRow.channel_id == channel_id, TurnPartRow.message_id.in_(message_ids))
        .values(is_gone=True)
    )


def _parts(rows: Sequence[TurnPartRow]) -> list[TurnPart]:
    return [
        TurnPart(row.position, row.content, row.message_id, row.is_due, row.is_gone) for row in rows
    ]


async def _rows(session: AsyncSession, turn_id: UUID) -> list[TurnPartRow]:
    query = select(TurnPartRow).where(TurnPartRow.turn_id == turn_id)
    return list(await session.scalars(query.order_by(TurnPartRow.position)))
