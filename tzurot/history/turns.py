"""The journal of turns: what is to be answered, how far it is, and what was posted of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from tzurot.storage.database import Database
from tzurot.storage.tables import TurnPartRow, TurnRow


class TurnState(StrEnum):
    """How far a turn is; each state is written before the act that it names."""

    QUEUED = "queued"
    GENERATING = "generating"
    GENERATED = "generated"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (TurnState.QUEUED, TurnState.GENERATING, TurnState.GENERATED, TurnState.DELIVERING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One character's answer to one message. `payload` is the message, in version `version`."""

    id: UUID
    channel_id: int
    trigger_id: int
    character_id: UUID
    user_id: int
    state: TurnState
    payload: dict[str, Any]
    version: int
    reply: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TurnPart:
    """One message of a reply; `message_id` is None until it is known to be in the channel."""

    position: int
    content: str
    message_id: int | None


class TurnJournal:
    """Writes and reads the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(  # noqa: PLR0913  each is a column
        self,
        *,
        channel_id: int,
        trigger_id: int,
        character_ids: Iterable[UUID],
        user_id: int,
        payload: dict[str, Any],
        version: int,
    ) -> list[Turn]:
        """Journal a turn for each character, in order; one that exists already is left out."""
        turns: list[Turn] = []
        async with self._database.transaction() as session:
            for character_id in character_ids:
                statement = (
                    insert(TurnRow)
                    .values(
                        channel_id=channel_id,
                        trigger_id=trigger_id,
                        character_id=character_id,
                        user_id=user_id,
                        payload=payload,
                        payload_version=version,
                    )
                    .on_conflict_do_nothing()
                    .returning(TurnRow)
                )
                row = await session.scalar(statement)
                if row is not None:
                    turns.append(_turn(row))
        return turns

    async def move(
        self,
        turn_id: UUID,
        state: TurnState,
        *,
        reply: str | None = None,
        failure: str | None = None,
    ) -> None:
        """Write the turn's new state, with the model's reply or why there is none.

        A cancelled turn stays cancelled, whatever its work came to.
        """
        values: dict[str, object] = {"state": state.value, "updated_at": func.now()}
        if reply is not None:
            values["reply"] = reply
        if failure is not None:
            values["failure"] = failure
        async with self._database.transaction() as session:
            await session.execute(
                update(TurnRow)
                .where(TurnRow.id == turn_id, TurnRow.state != TurnState.CANCELLED.value)
                .values(**values)
            )

    async def get(self, turn_id: UUID) -> Turn | None:
        """Return the turn as it is by now, or None when it is gone with its character."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id)
        return None if row is None else _turn(row)

    async def carry_over(
        self, channel_id: int, from_id: int, to_id: int, *, payload: dict[str, Any], version: int
    ) -> bool:
        """Let the turns of one message answer another in its place; False when it has none.

        What is being posted or is posted stays as it is, and a cancelled turn does not count.
        """
        theirs = (TurnRow.channel_id == channel_id, TurnRow.trigger_id == from_id)
        movable = [TurnState.QUEUED.value, TurnState.GENERATING.value, TurnState.GENERATED.value]
        async with self._database.transaction() as session:
            query = select(TurnRow).where(*theirs, TurnRow.state != TurnState.CANCELLED.value)
            rows = list(await session.scalars(query.with_for_update()))
            for row in rows:
                if row.state in movable:
                    row.trigger_id = to_id
                    row.payload, row.payload_version = payload, version
        return bool(rows)

    async def forget(self, channel_id: int, trigger_ids: Iterable[int]) -> None:
        """Blank what these messages said, and cancel the turns that are not answered yet."""
        theirs = (TurnRow.channel_id == channel_id, TurnRow.trigger_id.in_(list(trigger_ids)))
        open_states = [TurnState.QUEUED.value, TurnState.GENERATING.value]
        async with self._database.transaction() as session:
            await session.execute(
                update(TurnRow)
                .where(*theirs)
                .values(payload=TurnRow.payload.op("||")(cast({"content": ""}, JSONB)))
            )
            await session.execute(
                update(TurnRow)
                .where(*theirs, TurnRow.state.in_(open_states))
                .values(state=TurnState.CANCELLED.value, updated_at=func.now())
            )

    async def plan(self, turn: Turn, parts: list[str]) -> list[TurnPart]:
        """Write what will be posted, in which pieces, before the first is; return the pieces."""
        async with self._database.transaction() as session:
            await session.execute(
                insert(TurnPartRow)
                .values(
                    [
                        {
                            "turn_id": turn.id,
                            "position": position,
                            "channel_id": turn.channel_id,
                            "content": content,
                        }
                        for position, content in enumerate(parts)
                    ]
                )
                .on_conflict_do_nothing()
            )
            await session.execute(
                update(TurnRow)
                .where(TurnRow.id == turn.id)
                .values(state=TurnState.DELIVERING.value, updated_at=func.now())
            )
        return [TurnPart(position, content, None) for position, content in enumerate(parts)]

    async def posted(self, turn_id: UUID, position: int, message_id: int) -> None:
        """Write that a part is in the channel, under this message id."""
        async with self._database.transaction() as session:
            await session.execute(
                update(TurnPartRow)
                .where(TurnPartRow.turn_id == turn_id, TurnPartRow.position == position)
                .values(message_id=message_id)
            )

    async def parts(self, turn_id: UUID) -> list[TurnPart]:
        """Return the planned parts of a turn, in order."""
        query = (
            select(TurnPartRow).where(TurnPartRow.turn_id == turn_id).order_by(TurnPartRow.position)
        )
        async with self._database.transaction() as session:
            return [
                TurnPart(row.position, row.content, row.message_id)
                for row in await session.scalars(query)
            ]

    async def unfinished(self) -> list[Turn]:
        """Return the turns that are not at an end, oldest first."""
        query = (
            select(TurnRow)
            .where(TurnRow.state.in_([state.value for state in UNFINISHED]))
            .order_by(TurnRow.created_at, TurnRow.id)
        )
        async with self._database.transaction() as session:
            return [_turn(row) for row in await session.scalars(query)]

    async def speakers(self, channel_id: int, message_ids: Iterable[int]) -> dict[int, UUID]:
        """Return which character posted which of these messages; others are left out."""
        query = (
            select(TurnPartRow.message_id, TurnRow.character_id)
            .join(TurnRow, TurnRow.id == TurnPartRow.turn_id)
            .where(
                TurnPartRow.channel_id == channel_id, TurnPartRow.message_id.in_(list(message_ids))
            )
        )
        async with self._database.transaction() as session:
            found = await session.execute(query)
            return {message_id: speaker for message_id, speaker in found if message_id is not None}

    async def last_addressed(self, user_id: int, channel_id: int | None = None) -> UUID | None:
        """Return the character that this person last spoke to, anywhere or in this channel."""
        query = select(TurnRow.character_id).where(TurnRow.user_id == user_id)
        if channel_id is not None:
            query = query.where(TurnRow.channel_id == channel_id)
        # Message ids grow with time, over all channels.
        query = query.order_by(TurnRow.trigger_id.desc()).limit(1)
        async with self._database.transaction() as session:
            return await session.scalar(query)


def _turn(row: TurnRow) -> Turn:
    return Turn(
        id=row.id,
        channel_id=row.channel_id,
        trigger_id=row.trigger_id,
        character_id=row.character_id,
        user_id=row.user_id,
        state=TurnState(row.state),
        payload=row.payload,
        version=row.payload_version,
        reply=row.reply,
        created_at=row.created_at,
    )
