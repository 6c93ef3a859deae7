"""What holds where: settings, active characters, restrictions, denials, ages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tzurot.storage.tables.base import Base, now


class SettingRow(Base):
    """A setting's value as one tier set it for one subject, or a tier's cap on it.

    The subject is `discord_id` (server, channel or user), `character_id`, both or neither (host).
    """

    __tablename__ = "settings"
    __table_args__ = (
        UniqueConstraint(
            "tier",
            "discord_id",
            "character_id",
            "name",
            "is_cap",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "tier IN ('host', 'server', 'channel', 'character', 'user', 'user_character')",
            name="tier",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tier: Mapped[str]
    discord_id: Mapped[int | None]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    is_cap: Mapped[bool]
    content: Mapped[Any] = mapped_column(JSONB)


class ChannelRow(Base):
    """A channel or thread that has a list of active characters of its own, be it empty."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class ActivationRow(Base):
    """A character that is active in a channel."""

    __tablename__ = "activations"
    __table_args__ = (CheckConstraint("talkativeness BETWEEN 0 AND 1", name="talkativeness"),)

    channel_id: Mapped[int] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    talkativeness: Mapped[float]
    activated_by: Mapped[int]
    activated_at: Mapped[datetime] = now()


class RestrictionRow(Base):
    """The channels of a server in which characters answer, or do not."""

    __tablename__ = "restrictions"
    __table_args__ = (CheckConstraint("kind IN ('allow', 'deny')", name="kind"),)

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    channel_ids: Mapped[list[int]]


class DenialRow(Base):
    """A user or a server that is not answered: anywhere, or in one place, or by one character."""

    __tablename__ = "denials"
    __table_args__ = (
        UniqueConstraint(
            "subject",
            "subject_id",
            "scope",
            "place_id",
            "character_id",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("subject IN ('user', 'server')", name="subject"),
        CheckConstraint(
            "(scope, place_id IS NULL, character_id IS NULL) IN (('bot', true, true), "
            "('server', false, true), ('channel', false, true), ('character', true, false))",
            name="scope",
        ),
        CheckConstraint("mode IN ('block', 'mute')", name="mode"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    subject: Mapped[str]
    subject_id: Mapped[int]
    scope: Mapped[str]
    # The server or channel of the scope.
    place_id: Mapped[int | None]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    mode: Mapped[str]
    expires_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    denied_by: Mapped[int]
    denied_at: Mapped[datetime] = now()


class AgeRow(Base):
    """A person who confirmed that they are of age."""

    __tablename__ = "ages"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_at: Mapped[datetime] = now()


class MatureInServerRow(Base):
    """A character that a server's moderators keep for grown-ups there; elsewhere it is as it is."""

    __tablename__ = "mature_in_servers"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    flagged_by: Mapped[int]
    flagged_at: Mapped[datetime] = now()


class AgePromptRow(Base):
    """A person who was asked for their age, and the message that waits for it."""

    __tablename__ = "age_prompts"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The question, in the person's direct messages.
    channel_id: Mapped[int]
    message_id: Mapped[int]
    # What was said, and to whom (a list of characters' ids).
    payload: Mapped[dict[str, Any]]
    payload_version: Mapped[int]
    character_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    asked_at: Mapped[datetime] = now()


class GreetingRow(Base):
    """A server that the bot once said hello to."""

    __tablename__ = "greetings"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = now()


class WebhookRow(Base):
    """The one webhook that speaks for all characters in a channel."""

    __tablename__ = "webhooks"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int]
    sealed_token: Mapped[bytes]
    picture: Mapped[str | None]
