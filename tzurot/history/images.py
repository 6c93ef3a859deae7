"""The pictures in what was said, and what is known of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    SQLColumnExpression,
    String,
    cast,
    column,
    delete,
    func,
    select,
    true,
    tuple_,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.tables import MessageImageRow, MessageRow

_SIGNATURE: Final = frozenset({"ex", "is", "hm"})
"""What Discord's links to attachments end with: when it ends (a Unix time in hexadecimal digits),
when it was made, and the proof. Source: Discord's documentation, Reference, Signed Attachment CDN
URLs."""
_FOUND: Final = (
    ("position", BigInteger),
    ("kind", String),
    ("name", String),
    ("url", String),
    ("media_type", String),
    ("size", BigInteger),
    ("description", String),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptImage:
    """A picture of a message; what a message says of it is never certain."""

    channel_id: int
    message_id: int
    position: int
    """Its place among the pictures of its message."""
    kind: str
    """Where in the message it stands: attachment, embed, emoji or sticker."""
    name: str
    url: str
    media_type: str | None = None
    size: int | None = None
    """Bytes, as Discord says."""
    description: str = ""
    """What its sender wrote about it."""
    seen: str | None = None
    """What a model saw in it."""
    skip_until: datetime | None = None
    """Until then it is not tried again."""
    failures: int = 0
    """How often in a row it could not be fetched, read or described."""

    @property
    def address(self) -> str:
        """The URL without Discord's signature: the same for as long as it is the same picture."""
        path, _, query = self.url.partition("?")
        pairs = parse_qsl(query)
        if not _is_signed(pairs):
            return self.url
        rest = urlencode([pair for pair in pairs if pair[0] not in _SIGNATURE])
        return f"{path}?{rest}" if rest else path

    def has_expired(self, now: float) -> bool:
        """Whether Discord's signature is no longer valid at this Unix time; False without one."""
        query = parse_qsl(self.url.partition("?")[2])
        if not _is_signed(query):
            return False
        try:
            return int(dict(query)["ex"], 16) <= now
        except ValueError:
            return False


class ImageStore:
    """Keeps and reads the pictures of messages that are kept; they go with their messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, channel_id: int, message_id: int, images: Sequence[KeptImage]) -> None:
        """Keep the pictures of a message, if that is kept itself.

        One that is known stays as it is, but takes a link that Discord signed later.
        """
        if not images:
            return
        found = values(*(column(name, kind) for name, kind in _FOUND), name="found").data(
            [tuple(getattr(image, name) for name, _ in _FOUND) for image in images]
        )
        # A column in which nobody has a value would be text to PostgreSQL.
        typed = [cast(found.c[name], kind) for name, kind in _FOUND]
        # Whoever deletes the message waits until the pictures stand, and takes them with it.
        message = (
            select(MessageRow.channel_id, MessageRow.id)
            .where(MessageRow.channel_id == channel_id, MessageRow.id == message_id)
            .with_for_update(read=True, key_share=True)
            .cte("message")
        )
        statement = insert(MessageImageRow).from_select(
            ["channel_id", "message_id", *(name for name, _ in _FOUND)],
            select(message.c.channel_id, message.c.id, *typed)
            .select_from(message)
            .join(found, onclause=true()),
        )
        fresher = statement.on_conflict_do_update(
            index_elements=["channel_id", "message_id", "position"],
            set_={"url": statement.excluded.url},
            # The time stands first in the query, in digits of one length.
            where=(_path(MessageImageRow.url) == _path(statement.excluded.url))
            & (MessageImageRow.url < statement.excluded.url),
        )
        async with self._database.transaction() as session:
            await session.execute(fresher)

    async def replace(self, channel_id: int, message_id: int, images: Sequence[KeptImage]) -> None:
        """Keep these pictures of a message, and none that it does not show any more."""
        shown = [(image.position, image.url.partition("?")[0]) for image in images]
        gone = delete(MessageImageRow).where(
            MessageImageRow.channel_id == channel_id,
            MessageImageRow.message_id == message_id,
            tuple_(MessageImageRow.position, _path(MessageImageRow.url)).not_in(shown),
        )
        async with self._database.transaction() as session:
            await session.execute(gone)
        await self.record(channel_id, message_id, images)

    async def of(
        self, channel_id: int, message_ids: Collection[int], *, limit: int
    ) -> list[KeptImage]:
        """Return the pictures of these messages, oldest first: those of the newest, if too many.

        Of the oldest message among them, its first ones are taken.
        """
        query = (
            select(MessageImageRow)
            .where(
                MessageImageRow.channel_id == channel_id,
                MessageImageRow.message_id.in_(list(message_ids)),
            )
            .order_by(MessageImageRow.message_id.desc(), MessageImageRow.position)
            .limit(limit)
        )
        async with self._database.reading() as session:
            found = [_kept(row) for row in await session.scalars(query)]
        return sorted(found, key=lambda image: (image.message_id, image.position))

    async def saw(self, image: KeptImage, text: str) -> None:
        """Keep what a model saw in it."""
        await self._update(image, seen=text, skip_until=None, failures=0)

    async def failed(self, image: KeptImage, *, until: datetime) -> None:
        """Count a failure, and leave the picture alone until then."""
        failures = MessageImageRow.failures + 1
        await self._update(image, skip_until=until, failures=failures)

    async def _update(self, image: KeptImage, **columns: Any) -> None:  # noqa: ANN401
        statement = (
            update(MessageImageRow)
            .where(
                MessageImageRow.channel_id == image.channel_id,
                MessageImageRow.message_id == image.message_id,
                MessageImageRow.position == image.position,
            )
            .values(columns)
        )
        async with self._database.transaction() as session:
            await session.execute(statement)


def _is_signed(query: list[tuple[str, str]]) -> bool:
    return {name for name, _ in query} >= _SIGNATURE


def _path(url: SQLColumnExpression[str]) -> ColumnElement[str]:
    return func.split_part(url, "?", 1)


def _kept(row: MessageImageRow) -> KeptImage:
    return KeptImage(
        channel_id=row.channel_id,
        message_id=row.message_id,
        position=row.position,
        kind=row.kind,
        name=row.name,
        url=row.url,
        media_type=row.media_type,
        size=row.size,
        description=row.description,
        seen=row.seen,
        skip_until=row.skip_until,
        failures=row.failures,
    )
