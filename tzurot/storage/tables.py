"""The tables, as SQLAlchemy models; alembic/versions brings a database to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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
        list[int]: ARRAY(BigInteger),
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
    version: Mapped[int] = mapped_column(server_default="0")
    # For grown-ups: people confirm their age before they hear it.
    mature: Mapped[bool] = mapped_column(server_default="false")
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


class DraftRow(Base):
    """What somebody typed into a form that could not be used as it was."""

    __tablename__ = "drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    about: Mapped[str]
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _now()


class GreetingRow(Base):
    """A server that the bot once said hello to."""

    __tablename__ = "greetings"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = _now()


class JobRow(Base):
    """Durable background work; `due_at` is when a process may take it (next)."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        Index(
            "ix_jobs_due",
            "kind",
            "due_at",
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        Index(
            "uq_jobs_unfinished",
            "kind",
            "unique_key",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        Index(
            "ix_jobs_finished_at",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    version: Mapped[int]
    unique_key: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    # When it is due; while it runs, when its process counts as dead unless it is heard of.
    due_at: Mapped[datetime] = _now()
    # A new one for each time that it is taken: who holds an old one may not write any more.
    claim_id: Mapped[UUID | None]
    cancel_asked: Mapped[bool] = mapped_column(server_default="false")
    # It was enqueued again while it ran: what it read may be out of date by now.
    again: Mapped[bool] = mapped_column(server_default="false")
    done: Mapped[int | None]
    total: Mapped[int | None]
    progress: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    finished_at: Mapped[datetime | None]


class MemoryRow(Base):
    """What a person and a character said to each other, as far as the model reads it whole.

    The owner is the pair (person, character). `user_id` is the person behind the persona: while a
    person has one persona only, that is the same.
    """

    __tablename__ = "memories"
    __table_args__ = (
        UniqueConstraint("character_id", "trigger_id", "position"),
        # All that a search reads, in neighbouring pages: an index-only scan over one owner is exact
        # and takes a tenth of the time of reading the rows.
        Index(
            "ix_memories_owner",
            "user_id",
            "character_id",
            postgresql_include=["id", "guild_id", "embedding"],
        ),
        Index(
            "ix_memories_message_ids",
            "message_ids",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    character_id: Mapped[UUID] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"))
    # The venue; without a guild it is a DM.
    guild_id: Mapped[int | None]
    channel_id: Mapped[int]
    # The message that was answered, and which window of the exchange this is.
    trigger_id: Mapped[int]
    position: Mapped[int]
    message_ids: Mapped[list[int]]
    text: Mapped[str]
    embedding: Mapped[list[float]] = mapped_column(HALFVEC(384))
    said_at: Mapped[datetime]
    created_at: Mapped[datetime] = _now()


class ModelAbilitiesRow(Base):
    """What a model at a service can do: as its refusals told, and as the host knows better."""

    __tablename__ = "model_abilities"

    service: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    learned: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # Written by hand, too: what stands here wins, field by field.
    override: Mapped[dict[str, Any] | None]
    learned_at: Mapped[datetime] = _now()


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
    activated_at: Mapped[datetime] = _now()


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
    denied_at: Mapped[datetime] = _now()


class AgeRow(Base):
    """A person who confirmed that they are of age."""

    __tablename__ = "ages"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_at: Mapped[datetime] = _now()


class AliasRow(Base):
    """Another name of a character, for one person, or for everybody who sees the character.

    A name is taken once per person; of one that is for everybody, the oldest that a person sees
    counts.
    """

    __tablename__ = "aliases"
    __table_args__ = (
        Index(
            "uq_aliases_personal",
            "user_id",
            "folded",
            unique=True,
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index(
            "uq_aliases_global",
            "character_id",
            "folded",
            unique=True,
            postgresql_where=text("user_id IS NULL"),
        ),
        Index("ix_aliases_character_id", "character_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    character_id: Mapped[UUID] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"))
    user_id: Mapped[int | None]
    name: Mapped[str]
    # As names are compared.
    folded: Mapped[str]
    created_at: Mapped[datetime] = _now()
