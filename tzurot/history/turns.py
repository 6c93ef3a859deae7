"""The journal of turns: what is to be answered, how far it is, and what was posted of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tzurot.history.parts import PartJournal, TurnPart, add_parts, lay_parts, note_gone
from tzurot.history.records import TurnRecord, keep_record
from tzurot.history.turn_rows import answering, earlier_trigger, locked, newest_earlier
from tzurot.storage.database import Database
from tzurot.storage.presence import is_present
from tzurot.storage.tables import TurnRow, TurnTriggerRow


class TurnState(StrEnum):
    """How far a turn is; each state is written before the act that it names.

    Streaming: the first words are shown while the model writes on. It is closed to all that could
    begin it again, and stays so until the reply is planned: known, it is not written yet; blank,
    what is shown is to be taken away.
    """

    QUEUED = "queued"
    GENERATING = "generating"
    STREAMING = "streaming"
    GENERATED = "generated"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (
    TurnState.QUEUED,
    TurnState.GENERATING,
    TurnState.STREAMING,
    TurnState.GENERATED,
    TurnState.DELIVERING,
)


_NOT_SHOWN: Final = (
    TurnState.QUEUED.value,
    TurnState.GENERATING.value,
    TurnState.GENERATED.value,
)


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
    restarts: int
    """How often it was begun again, because its author wrote on."""
    created_at: datetime
    owner: int | None = None
    """The process that works on it."""
    failure: str | None = None
    """Why there is no reply; what is posted then is an excuse."""
    waits: bool = False
    """Whether another process still works on something earlier in its channel."""


class TurnJournal:
    """Writes and reads the journal, for one process: only what it owns does it move on."""

    def __init__(self, database: Database, owner: int) -> None:
        self._database = database
        self.parts = PartJournal(database)
        self.owner = owner
        """The process's `Presence.id`."""

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
        """Journal a turn for each character, in order.

        One that exists already is left out, and so is one that answers the message in a burst.
        """
        turns: list[Turn] = []
        async with self._database.transaction() as session:
            answered = await answering(session, channel_id, trigger_id)
            for character_id in character_ids:
                if character_id in answered:
                    continue
                statement = (
                    insert(TurnRow)
                    .values(
                        channel_id=channel_id,
                        trigger_id=trigger_id,
                        character_id=character_id,
                        user_id=user_id,
                        payload=payload,
                        payload_version=version,
                        owner=self.owner,
                    )
                    .on_conflict_do_nothing()
                    .returning(TurnRow)
                )
                row = await session.scalar(statement)
                if row is not None:
                    turns.append(_turn(row))
        return turns

    async def move(self, turn_id: UUID, state: TurnState, *, failure: str | None = None) -> None:
        """Write the turn's new state, with why there is no reply when there is none.

        A cancelled turn stays cancelled, whatever its work came to.
        """
        values: dict[str, object] = {"state": state.value, "updated_at": func.now()}
        if failure is not None:
            values["failure"] = failure
        async with self._database.transaction() as session:
            await session.execute(
                update(TurnRow)
                .where(
                    TurnRow.id == turn_id,
                    TurnRow.owner == self.owner,
                    TurnRow.state != TurnState.CANCELLED.value,
                )
                .values(**values)
            )

    async def fail(self, turn: Turn, failure: str, record: TurnRecord | None = None) -> None:
        """Write why there is no reply, unless the turn is not any more what was answered.

        `record` is what is known of how far it came.
        """
        failed = {"state": TurnState.FAILED.value, "failure": failure, "updated_at": func.now()}
        statement = (
            update(TurnRow)
            .where(or_(_is_not_shown(turn), _is_shown_without_reply(turn)))
            .where(TurnRow.owner == self.owner)
            .values(**failed)
            .returning(TurnRow.id)
        )
        async with self._database.transaction() as session:
            if await session.scalar(statement) is not None:
                await keep_record(session, turn.id, record)

    async def excuse(
        self, turn: Turn, failure: str, text: str, record: TurnRecord | None = None
    ) -> bool:
        """Write why there is no reply, and what is said instead; it is posted like one.

        It takes the place of what is shown. `record` is what is known of how far the turn came.
        False when it is not any more what was answered.
        """
        why = {"failure": failure, "updated_at": func.now()}
        ours = TurnRow.owner == self.owner
        async with self._database.transaction() as session:
            is_shown = await session.scalar(
                update(TurnRow)
                .where(ours, _is_shown_without_reply(turn))
                .values(reply=text, **why)
                .returning(TurnRow.id)
            )
            is_silent = await session.scalar(
                update(TurnRow)
                .where(ours, _is_not_shown(turn))
                .values(state=TurnState.DELIVERING.value, **why)
                .returning(TurnRow.id)
            )
            if is_silent is not None:
                await add_parts(session, turn.id, turn.channel_id, [text])
            moved = is_shown is not None or is_silent is not None
            if moved:
                await keep_record(session, turn.id, record)
        return moved

    async def get(self, turn_id: UUID) -> Turn | None:
        """Return the turn as it is by now, or None when it is gone with its character."""
        query = select(TurnRow, _is_behind_another()).where(TurnRow.id == turn_id)
        async with self._database.reading() as session:
            found = (await session.execute(query)).first()
        return None if found is None else replace(_turn(found[0]), waits=found[1])

    async def take_up(self) -> list[Turn]:
        """Own the unfinished turns that nobody who is alive does; return them, oldest first."""
        statement = (
            update(TurnRow)
            .where(
                TurnRow.state.in_([state.value for state in UNFINISHED]),
                TurnRow.owner.is_distinct_from(self.owner),
                or_(TurnRow.owner.is_(None), not_(is_present(TurnRow.owner))),
            )
            .values(owner=self.owner)
            .returning(TurnRow)
        )
        async with self._database.transaction() as session:
            taken = [_turn(row) for row in await session.scalars(statement)]
        return sorted(taken, key=lambda turn: (turn.created_at, turn.id))

    async def generated(self, turn: Turn, reply: str, record: TurnRecord | None = None) -> bool:
        """Write the model's reply, with the record of how it came about.

        False when the turn is not any more what was answered.
        """
        async with self._database.transaction() as session:
            generating, streaming = TurnState.GENERATING, TurnState.STREAMING
            if not (
                await _advance(session, turn, generating, to=TurnState.GENERATED, reply=reply)
                or await _advance(session, turn, streaming, to=streaming, reply=reply)
            ):
                return False
            await keep_record(session, turn.id, record)
            return True

    async def carry_over(
        self, channel_id: int, from_id: int, to_id: int, *, payload: dict[str, Any], version: int
    ) -> list[UUID] | None:
        """Let the turns of one message answer another in its place, from the beginning.

        Returns those that do, None when the message has no turns at all. What is being posted or is
        posted stays as it is, what is shown already goes on, and a cancelled turn does not count.
        """
        moved: list[UUID] = []
        async with self._database.transaction() as session:
            rows = await locked(
                session,
                TurnRow.channel_id == channel_id,
                TurnRow.trigger_id == from_id,
                TurnRow.state != TurnState.CANCELLED.value,
            )
            for row in rows:
                if row.state in (*_NOT_SHOWN, TurnState.STREAMING.value):
                    row.trigger_id = to_id
                    row.payload, row.payload_version = payload, version
                if row.state in _NOT_SHOWN:
                    _begin_again(row)
                    moved.append(row.id)
            earlier = (
                update(TurnTriggerRow)
                .where(
                    TurnTriggerRow.channel_id == channel_id, TurnTriggerRow.trigger_id == from_id
                )
                .values(trigger_id=to_id, payload=payload, payload_version=version)
                .returning(TurnTriggerRow.turn_id)
            )
            merged = list(await session.scalars(earlier))
        return moved if rows or merged else None

    async def extend(
        self,
        turn_ids: Collection[UUID],
        *,
        trigger_id: int,
        payload: dict[str, Any],
        version: int,
        most_restarts: int,
    ) -> list[UUID]:
        """Let turns of which nothing is shown yet answer one more message of the same author.

        Returns those that do. One whose answer is being written, or is written, begins again, which
        it does `most_restarts` times at most. Of one character's turns the latest does; one that
        answers the message already, here or in another process, does not do so twice.
        """
        extended: list[UUID] = []
        # Another process that is quicker by a moment has it.
        with suppress(IntegrityError):
            async with self._database.transaction() as session:
                ours = TurnRow.id.in_(list(turn_ids)), TurnRow.owner == self.owner
                rows = await locked(session, *ours, TurnRow.state.in_(_NOT_SHOWN))
                by_character = {row.character_id: row for row in rows}
                for channel_id in {row.channel_id for row in rows}:
                    for done in await answering(session, channel_id, trigger_id):
                        by_character.pop(done, None)
                for row in by_character.values():
                    if row.state != TurnState.QUEUED.value:
                        if row.restarts >= most_restarts:
                            continue
                        row.restarts += 1
                    await session.execute(earlier_trigger(row))
                    row.trigger_id = trigger_id
                    row.payload, row.payload_version = payload, version
                    _begin_again(row)
                    extended.append(row.id)
            return extended
        return []

    async def earlier(self, turn_id: UUID) -> list[int]:
        """Return the messages of a burst that are answered with the turn's own, oldest first."""
        query = select(TurnTriggerRow.trigger_id).where(TurnTriggerRow.turn_id == turn_id)
        async with self._database.reading() as session:
            return sorted(await session.scalars(query))

    async def earlier_payloads(self, turn_id: UUID, *, version: int) -> list[dict[str, Any]]:
        """Return those messages themselves, oldest first, as far as `version` can be read."""
        query = (
            select(TurnTriggerRow.payload)
            .where(TurnTriggerRow.turn_id == turn_id, TurnTriggerRow.payload_version <= version)
            .order_by(TurnTriggerRow.trigger_id)
        )
        async with self._database.reading() as session:
            return list(await session.scalars(query))

    async def forget(self, channel_id: int, trigger_ids: Iterable[int]) -> list[UUID]:
        """Blank what these messages said; return the turns that are not as they were.

        A turn that is not answered yet is cancelled, unless there is more in its burst: then the
        rest of it is answered. What is shown while it is written is taken away again, unless there
        is more in the burst.
        """
        ids = list(trigger_ids)
        changed: list[UUID] = []
        gone = delete(TurnTriggerRow).where(
            TurnTriggerRow.channel_id == channel_id, TurnTriggerRow.trigger_id.in_(ids)
        )
        async with self._database.transaction() as session:
            await note_gone(session, channel_id, ids)
            shrunk = set(await session.scalars(gone.returning(TurnTriggerRow.turn_id)))
            theirs = and_(TurnRow.channel_id == channel_id, TurnRow.trigger_id.in_(ids))
            for row in await locked(session, or_(theirs, TurnRow.id.in_(shrunk))):
                is_open = row.state in _NOT_SHOWN
                if is_open:
                    changed.append(row.id)
                    _begin_again(row)
                if row.trigger_id not in ids:
                    continue
                is_streaming = row.state == TurnState.STREAMING.value
                before = None
                if is_open or is_streaming:
                    before = await newest_earlier(session, row.id)
                if before is not None:
                    row.trigger_id = before.trigger_id
                    row.payload, row.payload_version = before.payload, before.payload_version
                    await session.delete(before)
                    continue
                row.payload = {**row.payload, "content": "", "images": []}
                if is_open:
                    row.state = TurnState.CANCELLED.value
                elif is_streaming:
                    row.reply = ""
                    changed.append(row.id)
        return changed

    async def show(self, turn: Turn, parts: list[str]) -> list[TurnPart] | None:
        """Write what will be shown of a reply that is still being written; return its pieces.

        None when the turn is not any more what was answered, or is written by now.
        """
        states = TurnState.GENERATING, TurnState.STREAMING
        return await self._lay(turn, parts, *states, to=TurnState.STREAMING)

    async def plan(self, turn: Turn, parts: list[str]) -> list[TurnPart] | None:
        """Write what will be posted, in which pieces, before the first is; return the pieces.

        None when the turn is not any more what was answered.
        """
        before = TurnState.STREAMING if turn.state is TurnState.STREAMING else TurnState.GENERATED
        return await self._lay(turn, parts, before, to=TurnState.DELIVERING)

    async def _lay(
        self, turn: Turn, parts: list[str], *before: TurnState, to: TurnState
    ) -> list[TurnPart] | None:
        async with self._database.transaction() as session:
            if not await _advance(session, turn, *before, to=to):
                return None
            return await lay_parts(session, turn.id, turn.channel_id, parts)

    async def has_gone_on(self, turn: Turn) -> bool:
        """Whether the person has spoken to anybody else there since, or to the same again."""
        query = select(TurnRow.id).where(
            TurnRow.channel_id == turn.channel_id,
            TurnRow.user_id == turn.user_id,
            TurnRow.trigger_id > turn.trigger_id,
        )
        async with self._database.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    async def is_busy(self, channel_id: int, *, but: UUID) -> bool:
        """Whether anything else is to be answered in a channel."""
        query = select(TurnRow.id).where(
            TurnRow.channel_id == channel_id,
            TurnRow.id != but,
            TurnRow.state.in_([state.value for state in UNFINISHED]),
        )
        async with self._database.reading() as session:
            return await session.scalar(query.limit(1)) is not None


def _is_behind_another() -> ColumnElement[bool]:
    """Whether an earlier turn of the channel is being worked on by another process."""
    earlier = aliased(TurnRow)
    return exists().where(
        earlier.channel_id == TurnRow.channel_id,
        earlier.state.in_([state.value for state in UNFINISHED]),
        tuple_(earlier.created_at, earlier.id) < tuple_(TurnRow.created_at, TurnRow.id),
        earlier.owner != TurnRow.owner,
        is_present(earlier.owner),
    )


async def _advance(
    session: AsyncSession, turn: Turn, *before: TurnState, to: TurnState, **more: str
) -> bool:
    """Move a turn on, unless it is elsewhere by now or answers another message."""
    is_shown = TurnRow.state == TurnState.STREAMING.value
    statement = (
        update(TurnRow)
        .where(
            TurnRow.id == turn.id,
            TurnRow.owner == turn.owner,
            TurnRow.state.in_([state.value for state in before]),
            or_(TurnRow.trigger_id == turn.trigger_id, is_shown),
        )
        .values(state=to.value, updated_at=func.now(), **more)
        .returning(TurnRow.id)
    )
    # A reply is known once; but what is known can be blanked, when none is wanted any more.
    is_known = to is TurnState.DELIVERING
    is_as_read = TurnRow.reply == turn.reply if is_known else TurnRow.reply.is_(None)
    statement = statement.where(or_(not_(is_shown), is_as_read))
    return await session.scalar(statement) is not None


def _is_not_shown(turn: Turn) -> ColumnElement[bool]:
    """Whether a turn is what was answered yet, and nothing of it can be seen."""
    return and_(
        TurnRow.id == turn.id,
        TurnRow.trigger_id == turn.trigger_id,
        TurnRow.state.in_(_NOT_SHOWN),
    )


def _is_shown_without_reply(turn: Turn) -> ColumnElement[bool]:
    return and_(
        TurnRow.id == turn.id,
        TurnRow.state == TurnState.STREAMING.value,
        TurnRow.reply.is_(None),
    )


def _begin_again(row: TurnRow) -> None:
    row.state, row.reply, row.updated_at = TurnState.QUEUED.value, None, func.now()


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
        restarts=row.restarts,
        created_at=row.created_at,
        owner=row.owner,
        failure=row.failure,
    )
