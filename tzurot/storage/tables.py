"""The tables, as SQLAlchemy models; alembic/versions brings a database to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7


class Base(DeclarativeBase):
    """What all tables share: constraint names that never depend on the server."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        # Plain int is a Discord id unless a column says otherwise.
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        bytes: LargeBinary,
        UUID: Uuid,
    }


def _now() -> Any:  # noqa: ANN401  SQLAlchemy's own type for a server default
    return mapped_column(server_default=func.now())


class PictureRow(Base):
    """A picture that is shown, kept once per content."""

    __tablename__ = "pictures"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes]


class CharacterRow(Base):
    """A character: its card is kept whole, unknown keys and all."""

    __tablename__ = "characters"
    __table_args__ = (CheckConstraint("visibility IN ('private', 'public')", name="visibility"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner_id: Mapped[int | None] = mapped_column(index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    visibility: Mapped[str] = mapped_column(server_default="private")
    card: Mapped[dict[str, Any]]
    avatar: Mapped[str | None] = mapped_column(ForeignKey("pictures.sha256"))
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = _now()


class StarterRow(Base):
    """A character that ships with the product and was set up once; deleting it is for good."""

    __tablename__ = "starters"

    key: Mapped[str] = mapped_column(primary_key=True)
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="SET NULL")
    )


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


class TurnRow(Base):
    """One character's answer to one message: the journal that a restart reads."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("channel_id", "trigger_id", "character_id"),
        CheckConstraint(
            "state IN ('queued', 'generating', 'generated', 'delivering', 'delivered', "
            "'failed', 'cancelled')",
            name="state",
        ),
        Index(
            "ix_turns_unfinished",
            "created_at",
            postgresql_where=text("state IN ('queued', 'generating', 'generated', 'delivering')"),
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
    created_at: Mapped[datetime] = _now()
    updated_at: Mapped[datetime] = _now()


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


class WebhookRow(Base):
    """The one webhook that speaks for all characters in a channel."""

    __tablename__ = "webhooks"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int]
    sealed_token: Mapped[bytes]
    picture: Mapped[str | None]
