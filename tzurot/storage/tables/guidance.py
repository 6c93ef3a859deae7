"""What guides characters beside their cards: sidecars, author's notes, directives."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tzurot.storage.tables.base import Base, now

_ROLES = "role IN ('system', 'user', 'assistant')"


class SidecarRow(Base):
    """How a person wants to be treated: by all characters, or by one."""

    __tablename__ = "sidecars"
    __table_args__ = (
        UniqueConstraint("user_id", "character_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str]
    updated_at: Mapped[datetime] = now()


class AuthorNoteRow(Base):
    """A note at a depth of the history, in a channel or for a character everywhere."""

    __tablename__ = "author_notes"
    __table_args__ = (
        UniqueConstraint("channel_id"),
        UniqueConstraint("character_id"),
        CheckConstraint("(channel_id IS NULL) <> (character_id IS NULL)", name="one_reach"),
        CheckConstraint(_ROLES, name="role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    channel_id: Mapped[int | None]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE")
    )
    text: Mapped[str]
    depth: Mapped[int]
    role: Mapped[str]
    # It stands in every so many answers; 0: in each.
    every: Mapped[int]
    updated_at: Mapped[datetime] = now()


class DirectiveRow(Base):
    """A rule on style that the host wrote, new or in place of the one that ships by that name."""

    __tablename__ = "directives"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    depth: Mapped[int]
    role: Mapped[str]
    every: Mapped[int]
    # Where no switch is set.
    is_on: Mapped[bool]
    updated_at: Mapped[datetime] = now()
