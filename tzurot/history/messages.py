"""Messages of the channels in which characters take part, kept as Discord shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.characters.scope import Scope
from tzurot.history.clears import cleared_up_to
from tzurot.storage.database import Database
from tzurot.storage.tables import MessageRow, TurnRow, TurnTriggerRow

_HOUR_IN_IDS = 3_600_000 << 22
"""By how much Discord's ids grow in an hour. Source: Discord's documentation, Snowflakes."""


class AuthorKind(StrEnum):
    """Who wrote a message."""

    PERSON = "person"
    CHARACTER = "character"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; ids are Discord's, and grow with time."""

    channel_id: int
    id: int
    author_kind: AuthorKind
    author_id: int
    author_name: str
    content: str
    reply_to_id: int | None = None
    character_id: UUID | None = None
    proxied_as: str | None = None
    """Of a proxied message: the PluralKit id of the member, or the name that was shown."""

    @property
    def stands_at(self) -> int:
        """The message after which this one is read: for a character's, the one it answers."""
        is_answer = self.author_kind is AuthorKind.CHARACTER and self.reply_to_id is not None
        return (self.reply_to_id or self.id) if is_answer else self.id


class Follower(Protocol):
    """What must follow when messages change, in the same transaction or not at all."""

    async def changed(self, session: AsyncSession, message_ids: Collection[int]) -> None:
        """Follow that these messages say something else now."""

    async def gone(self, session: AsyncSession, message_ids: Collection[int]) -> None:
        """Follow that these messages are not kept any more."""


_STANDS_AT: Final[ColumnElement[int]] = case(
    (
        MessageRow.author_kind == AuthorKind.CHARACTER.value,
        func.coalesce(MessageRow.reply_to_id, MessageRow.id),
    ),
    else_=MessageRow.id,
)
"""The message after which one is read, as `Message.stands_at`."""
_WAS_KEPT: Final[ColumnElement[bool]] = literal_column("messages.xmax <> 0")
"""Of a row that an upsert returns: whether it was there before. PostgreSQL locks such a row, which
leaves its mark; there is no other word for it before PostgreSQL 18."""


class MessageStore:
    """Keeps and reads messages by channel."""

    def __init__(self, database: Database, followers: Sequence[Follower] = ()) -> None:
        self._database = database
        self._followers = followers

    async def record(self, messages: Iterable[Message]) -> None:
        """Keep these messages; a person's message that is known already takes the newer text."""
        rows = {(message.channel_id, message.id): message for message in messages}
        if not rows:
            return
        statement = insert(MessageRow).values(
            [
                {
                    "channel_id": message.channel_id,
                    "id": message.id,
                    "author_kind": message.author_kind.value,
                    "author_id": message.author_id,
                    "author_name": message.author_name,
                    "character_id": message.character_id,
                    "reply_to_id": message.reply_to_id,
                    "content": message.content,
                    "proxied_as": message.proxied_as,
                }
                # In one order everywhere, so that nobody waits for each other.
                for _, message in sorted(rows.items())
            ]
        )
        statement = statement.on_conflict_do_update(
            index_elements=["channel_id", "id"],
            set_={"content": statement.excluded.content},
            where=and_(
                MessageRow.author_kind == statement.excluded.author_kind,
                MessageRow.content != statement.excluded.content,
            ),
        )
        returning = statement.returning(MessageRow.id, _WAS_KEPT)
        async with self._database.transaction() as session:
            written = (await session.execute(returning)).all()
            await self._changed(session, [message_id for message_id, kept in written if kept])

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        """Follow an edit, if the message is kept."""
        statement = (
            update(MessageRow)
            .where(
                MessageRow.channel_id == channel_id,
                MessageRow.id == message_id,
                MessageRow.content != content,
            )
            .values(content=content)
            .returning(MessageRow.id)
        )
        async with self._database.transaction() as session:
            await self._changed(session, list(await session.scalars(statement)))

    async def forget(self, channel_id: int, message_ids: Iterable[int]) -> None:
        """Follow a deletion."""
        await self._delete(
            MessageRow.channel_id == channel_id, MessageRow.id.in_(list(message_ids))
        )

    async def keep_only(self, channel_id: int, message_ids: Collection[int], *, since: int) -> None:
        """Forget what others said from message `since` on and is not among these any more."""
        await self._delete(
            MessageRow.channel_id == channel_id,
            MessageRow.id >= since,
            MessageRow.id <= max(message_ids, default=since),
            MessageRow.author_kind != AuthorKind.CHARACTER.value,
            MessageRow.id.not_in(list(message_ids)),
        )

    async def recent(
        self, scope: Scope, *, up_to: int, limit: int, hours: int = 0
    ) -> list[Message]:
        """Return the last `limit` messages at the scope's venue, as far as message `up_to`.

        With `hours`, only those that were said so long before it at most.

        A character's message stands behind the one that it answers, whatever came in between: that
        is how it was meant, and what a model has read once stays as it was when more is said. So
        it goes with that one, too, where the history was cleared: whenever it was posted, it
        speaks of what is not to be read any more.
        """
        query = (
            select(MessageRow)
            .where(
                MessageRow.channel_id == scope.venue.channel_id,
                up_to >= _STANDS_AT,
                cleared_up_to(scope) < _STANDS_AT,
            )
            .order_by(MessageRow.id.desc())
            .limit(limit)
        )
        if hours:
            query = query.where(MessageRow.id >= up_to - (hours * _HOUR_IN_IDS))
        if scope.venue.is_dm:
            # In a DM a character never reads another character's talk, nor what was said to it.
            query = query.where(_said_with(scope))
        async with self._database.reading() as session:
            found = [_message(row) for row in await session.scalars(query)]
        return sorted(found, key=lambda message: (message.stands_at, message.id))

    async def readable(self, scope: Scope, message_ids: Collection[int]) -> set[int]:
        """Return which of these kept messages the character may read at the scope's venue."""
        query = select(MessageRow.id).where(
            MessageRow.channel_id == scope.venue.channel_id,
            MessageRow.id.in_(message_ids),
            cleared_up_to(scope) < _STANDS_AT,
        )
        if scope.venue.is_dm:
            query = query.where(_said_with(scope))
        async with self._database.reading() as session:
            return set(await session.scalars(query))

    async def is_cleared(self, scope: Scope, message_id: int) -> bool:
        """Whether the history at the scope's venue was cleared up to this message or beyond."""
        async with self._database.reading() as session:
            return (await session.scalar(select(cleared_up_to(scope))) or 0) >= message_id

    async def _changed(self, session: AsyncSession, message_ids: Collection[int]) -> None:
        if message_ids:
            for follower in self._followers:
                await follower.changed(session, message_ids)

    async def _delete(self, *which: ColumnElement[bool]) -> None:
        """Delete messages, and all that follows from it: either both or nothing happens."""
        # Locked in the order of their ids, as whoever remembers them does.
        locked = select(MessageRow.id).where(*which).order_by(MessageRow.id).with_for_update()
        async with self._database.transaction() as session:
            message_ids = list(await session.scalars(locked))
            if message_ids:
                await session.execute(delete(MessageRow).where(*which))
                for follower in self._followers:
                    await follower.gone(session, message_ids)

    async def get(self, channel_id: int, message_id: int) -> Message | None:
        """Return a message if it is kept."""
        async with self._database.reading() as session:
            row = await session.get(MessageRow, (channel_id, message_id))
        return None if row is None else _message(row)

    async def known(self, channel_id: int) -> bool:
        """Whether any message of this channel is kept."""
        query = select(MessageRow.id).where(MessageRow.channel_id == channel_id).limit(1)
        async with self._database.reading() as session:
            return (await session.scalar(query)) is not None


def _said_with(scope: Scope) -> ColumnElement[bool]:
    """Whether a message was said by, or to, the scope's character rather than another one."""
    asked = exists().where(
        TurnRow.channel_id == MessageRow.channel_id, TurnRow.trigger_id == MessageRow.id
    )
    asked_this = asked.where(TurnRow.character_id == scope.character_id)
    in_burst = exists().where(
        TurnTriggerRow.channel_id == MessageRow.channel_id,
        TurnTriggerRow.trigger_id == MessageRow.id,
    )
    in_this_burst = in_burst.where(TurnTriggerRow.character_id == scope.character_id)
    by_this = MessageRow.character_id == scope.character_id
    by_another = MessageRow.author_kind == AuthorKind.CHARACTER.value
    asked_nobody = and_(not_(asked), not_(in_burst))
    return or_(by_this, and_(not_(by_another), or_(asked_nobody, asked_this, in_this_burst)))


def _message(row: MessageRow) -> Message:
    return Message(
        channel_id=row.channel_id,
        id=row.id,
        author_kind=AuthorKind(row.author_kind),
        author_id=row.author_id,
        author_name=row.author_name,
        content=row.content,
        reply_to_id=row.reply_to_id,
        character_id=row.character_id,
        proxied_as=row.proxied_as,
    )
