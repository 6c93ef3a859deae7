"""Messages of the channels in which characters take part, kept as Discord shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tzurot.characters.scope import Scope
from tzurot.storage.database import Database
from tzurot.storage.tables import MessageRow, TurnRow


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

    @property
    def stands_at(self) -> int:
        """The message after which this one is read: for a character's, the one it answers."""
        is_answer = self.author_kind is AuthorKind.CHARACTER and self.reply_to_id is not None
        return (self.reply_to_id or self.id) if is_answer else self.id


class MessageStore:
    """Keeps and reads messages by channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
                }
                for message in rows.values()
            ]
        )
        statement = statement.on_conflict_do_update(
            index_elements=["channel_id", "id"],
            set_={"content": statement.excluded.content},
            where=MessageRow.author_kind == statement.excluded.author_kind,
        )
        async with self._database.transaction() as session:
            await session.execute(statement)

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        """Follow an edit, if the message is kept."""
        async with self._database.transaction() as session:
            await session.execute(
                update(MessageRow)
                .where(MessageRow.channel_id == channel_id, MessageRow.id == message_id)
                .values(content=content)
            )

    async def forget(self, channel_id: int, message_ids: Iterable[int]) -> None:
        """Follow a deletion."""
        async with self._database.transaction() as session:
            await session.execute(
                delete(MessageRow).where(
                    MessageRow.channel_id == channel_id, MessageRow.id.in_(list(message_ids))
                )
            )

    async def keep_only(self, channel_id: int, message_ids: Collection[int], *, since: int) -> None:
        """Forget what others said from message `since` on and is not among these any more."""
        async with self._database.transaction() as session:
            await session.execute(
                delete(MessageRow).where(
                    MessageRow.channel_id == channel_id,
                    MessageRow.id >= since,
                    MessageRow.id <= max(message_ids, default=since),
                    MessageRow.author_kind != AuthorKind.CHARACTER.value,
                    MessageRow.id.not_in(list(message_ids)),
                )
            )

    async def recent(self, scope: Scope, *, up_to: int, limit: int) -> list[Message]:
        """Return the last `limit` messages at the scope's venue, as far as message `up_to`.

        A character's message stands behind the one that it answers, whatever came in between: that
        is how it was meant, and what a model has read once stays as it was when more is said.
        """
        stands_at = case(
            (
                MessageRow.author_kind == AuthorKind.CHARACTER.value,
                func.coalesce(MessageRow.reply_to_id, MessageRow.id),
            ),
            else_=MessageRow.id,
        )
        query = (
            select(MessageRow)
            .where(MessageRow.channel_id == scope.venue.channel_id, stands_at <= up_to)
            .order_by(MessageRow.id.desc())
            .limit(limit)
        )
        if scope.venue.is_dm:
            # In a DM a character never reads another character's talk, nor what was said to it.
            query = query.where(_said_with(scope))
        async with self._database.transaction() as session:
            found = [_message(row) for row in await session.scalars(query)]
        return sorted(found, key=lambda message: (message.stands_at, message.id))

    async def known(self, channel_id: int) -> bool:
        """Whether any message of this channel is kept."""
        query = select(MessageRow.id).where(MessageRow.channel_id == channel_id).limit(1)
        async with self._database.transaction() as session:
            return (await session.scalar(query)) is not None


def _said_with(scope: Scope) -> ColumnElement[bool]:
    """Whether a message was said by, or to, the scope's character rather than another one."""
    asked = exists().where(
        TurnRow.channel_id == MessageRow.channel_id, TurnRow.trigger_id == MessageRow.id
    )
    asked_this = asked.where(TurnRow.character_id == scope.character_id)
    by_this = MessageRow.character_id == scope.character_id
    by_another = MessageRow.author_kind == AuthorKind.CHARACTER.value
    return or_(by_this, and_(not_(by_another), or_(not_(asked), asked_this)))


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
    )
