"""What was said, and the journal of turns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tzurot.storage.tables.base import Base, now


class MessageRow(Base):
    """A message of a channel in which characters take part."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("author_kind IN ('person', 'character', 'bot')", name="author_kind"),
    )

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author_kind: Mapped[str]
    author_id: Mapped[int]
    author_name: Mapped[str]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="SET NULL")
    )
    reply_to_id: Mapped[int | None]
    content: Mapped[str]
    # Of a proxied message: the PluralKit id of the member, or the name that was shown.
    proxied_as: Mapped[str | None]


class MessageImageRow(Base):
    """A picture in a message, and what is known of it; it goes with its message."""

    __tablename__ = "message_images"
    __table_args__ = (
        ForeignKeyConstraint(
            ["channel_id", "message_id"],
            ["messages.channel_id", "messages.id"],
            ondelete="CASCADE",
        ),
    )

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    media_type: Mapped[str | None]
    size: Mapped[int | None]
    # What its sender wrote about it.
    description: Mapped[str]
    # What a model saw in it, for models that cannot see.
    seen: Mapped[str | None]
    # Until then it is not tried again: it could not be fetched, read or described.
    skip_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")


class PersonRow(Base):
    """What a server shows of a person; server 0 is what Discord shows of them everywhere."""

    __tablename__ = "people"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    username: Mapped[str]
    display_name: Mapped[str]
    nickname: Mapped[str | None]
    # Their names, the highest first.
    roles: Mapped[list[str]]
    joined: Mapped[date | None]
    seen_at: Mapped[datetime] = now()


class ClearRow(Base):
    """Where a history was cleared: nothing up to this message is read any more.

    Without a user it counts for everybody, without a character for all of them.
    """

    __tablename__ = "clears"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    channel_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int | None]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    up_to: Mapped[int]
    cleared_by: Mapped[int]
    cleared_at: Mapped[datetime] = now()


class TurnRow(Base):
    """One character's answer to one message: the journal that a restart reads."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("channel_id", "trigger_id", "character_id"),
        CheckConstraint(
            "state IN ('queued', 'generating', 'streaming', 'generated', 'delivering', "
            "'delivered', 'failed', 'cancelled')",
            name="state",
        ),
        Index(
            "ix_turns_unfinished",
            "created_at",
            postgresql_where=text(
                "state IN ('queued', 'generating', 'streaming', 'generated', 'delivering')"
            ),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    channel_id: Mapped[int]
    trigger_id: Mapped[int]
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(server_default="queued")
    payload: Mapped[dict[str, Any]]
    payload_version: Mapped[int]
    reply: Mapped[str | None]
    failure: Mapped[str | None]
    # How often it was begun again, because its author wrote on.
    restarts: Mapped[int] = mapped_column(server_default="0")
    # The process that works on it; when it is gone, another takes it.
    owner: Mapped[int | None]
    created_at: Mapped[datetime] = now()
    updated_at: Mapped[datetime] = now()


class TurnTriggerRow(Base):
    """An earlier message of a burst: it is answered with the one that its turn names."""

    __tablename__ = "turn_triggers"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    trigger_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    payload: Mapped[dict[str, Any]]
    payload_version: Mapped[int]


class TurnPartRow(Base):
    """One message of a turn's reply: written before it is posted, confirmed with its id after."""

    __tablename__ = "turn_parts"
    __table_args__ = (Index("ix_turn_parts_message_id", "channel_id", "message_id"),)

    turn_id: Mapped[UUID] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel_id: Mapped[int]
    content: Mapped[str]
    message_id: Mapped[int | None]
    # Whether the message says something else yet.
    is_due: Mapped[bool] = mapped_column(server_default="false")
    # Whether somebody took it away.
    is_gone: Mapped[bool] = mapped_column(server_default="false")


class TurnRecordRow(Base):
    """How a turn's prompt was made and who answered it, in ids and numbers; never in words."""

    __tablename__ = "turn_records"

    turn_id: Mapped[UUID] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    record: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime] = now()


class NoticeRow(Base):
    """A word of ours in a channel that goes when a turn is at its end."""

    __tablename__ = "notices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    turn_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("turns.id", ondelete="SET NULL"), unique=True
    )
    channel_id: Mapped[int]
    # Without a guild it is a DM.
    guild_id: Mapped[int | None]
    # The message that it stands behind, wherever it is.
    after_id: Mapped[int]
    # Unknown until it is certain to be in the channel.
    message_id: Mapped[int | None]


class AllowanceRow(Base):
    """How many turns a person may still have at a time, and what they were told of it."""

    __tablename__ = "allowances"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tokens: Mapped[float]
    counted_at: Mapped[datetime]
    # From when it is used up until enough of it is back.
    is_dry: Mapped[bool] = mapped_column(server_default="false")
    is_told: Mapped[bool] = mapped_column(server_default="false")
