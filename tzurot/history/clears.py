"""Where histories were cleared: what was said before is not read any more, until that is undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    SQLColumnExpression,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.characters.scope import Scope
from tzurot.storage.database import Database
from tzurot.storage.tables import ClearRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """One clearing of a channel's history: for whom, and in front of which characters."""

    id: UUID
    channel_id: int
    user_id: int | None
    """Whose history it is; None: everybody's."""
    character_id: UUID | None
    """Which character reads no further back; None: all of them."""
    up_to: int
    """The last message that is not read any more."""
    cleared_by: int
    cleared_at: datetime


class ClearStore:
    """Keeps clears; who may clear what is for the caller to check.

    They pile up: each is undone for itself, and the one that reaches furthest counts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clear(
        self,
        channel_id: int,
        *,
        up_to: int,
        by: int,
        user_id: int | None = None,
        character_id: UUID | None = None,
    ) -> Clear:
        """Let nothing up to a message be read: for one person or everybody, one character or all.

        Raises CharacterError when the character is gone.
        """
        row = ClearRow(
            channel_id=channel_id,
            user_id=user_id,
            character_id=character_id,
            up_to=up_to,
            cleared_by=by,
        )
        try:
            async with self._database.transaction() as session:
                session.add(row)
                await session.flush()
                await session.refresh(row)
        except IntegrityError:
            # The character is all that a clear hangs on.
            raise CharacterError(texts.NO_SUCH_CHARACTER.format(name="?")) from None
        return _clear(row)

    async def latest(
        self, channel_id: int, *, user_id: int | None = None, character_id: UUID | None = None
    ) -> Clear | None:
        """Return what an undo takes back: the newest clear of exactly this reach."""
        query = (
            select(ClearRow)
            .where(
                ClearRow.channel_id == channel_id,
                ClearRow.user_id.is_not_distinct_from(user_id),
                ClearRow.character_id.is_not_distinct_from(character_id),
            )
            # The id grows with time.
            .order_by(ClearRow.id.desc())
            .limit(1)
        )
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else _clear(row)

    async def undo(self, channel_id: int, clear_id: UUID) -> bool:
        """Take a clear of this channel back; False when that was done already."""
        gone = delete(ClearRow).where(ClearRow.channel_id == channel_id, ClearRow.id == clear_id)
        async with self._database.transaction() as session:
            return await session.scalar(gone.returning(ClearRow.id)) is not None

    async def counting(self, channel_id: int, user_id: int) -> list[Clear]:
        """Return the clears that count for a person, everybody's too, the newest first."""
        query = select(ClearRow).where(ClearRow.channel_id == channel_id, _is_for(user_id))
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(ClearRow.id.desc()))
            return [_clear(row) for row in rows]


def cleared_up_to(scope: Scope) -> ScalarSelect[int]:
    """Return, for use in a query, the last message that is cleared for a scope; 0 for none."""
    return (
        select(func.coalesce(func.max(ClearRow.up_to), 0))
        .where(ClearRow.channel_id == scope.venue.channel_id, *_counting_for(scope))
        .scalar_subquery()
    )


def is_cleared(
    scope: Scope, channel_id: SQLColumnExpression[int], message_id: SQLColumnExpression[int]
) -> ColumnElement[bool]:
    """Return, for use in a query, whether a message of any channel is cleared for a scope."""
    return exists().where(
        ClearRow.channel_id == channel_id, ClearRow.up_to >= message_id, *_counting_for(scope)
    )


def _counting_for(scope: Scope) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    character = ClearRow.character_id
    return _is_for(scope.user_id), or_(character.is_(None), character == scope.character_id)


def _is_for(user_id: int) -> ColumnElement[bool]:
    return or_(ClearRow.user_id.is_(None), ClearRow.user_id == user_id)


def _clear(row: ClearRow) -> Clear:
    return Clear(
        id=row.id,
        channel_id=row.channel_id,
        user_id=row.user_id,
        character_id=row.character_id,
        up_to=row.up_to,
        cleared_by=row.cleared_by,
        cleared_at=row.cleared_at,
    )
