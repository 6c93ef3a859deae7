"""Jobs, memories, drafts, and what is known of models."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tzurot.storage.tables.base import Base, now


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
    due_at: Mapped[datetime] = now()
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
    created_at: Mapped[datetime] = now()
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
            postgresql_include=["id", "guild_id", "channel_id", "begins_at", "embedding"],
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
    # The first of them: a memory is as old as the oldest of its words.
    begins_at: Mapped[int] = mapped_column(Computed("message_ids[1]", persisted=True))
    text: Mapped[str]
    embedding: Mapped[list[float]] = mapped_column(HALFVEC(384))
    said_at: Mapped[datetime]
    created_at: Mapped[datetime] = now()


class ModelAbilitiesRow(Base):
    """What a model at a service can do: as its refusals told, and as the host knows better."""

    __tablename__ = "model_abilities"

    service: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    learned: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    # Written by hand, too: what stands here wins, field by field.
    override: Mapped[dict[str, Any] | None]
    learned_at: Mapped[datetime] = now()


class DraftRow(Base):
    """What somebody typed into a form that could not be used as it was."""

    __tablename__ = "drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    about: Mapped[str]
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = now()
