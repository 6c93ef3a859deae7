"""Characters, what they are called, and who people are to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tzurot.storage.tables.base import Base, now


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
    created_at: Mapped[datetime] = now()
    updated_at: Mapped[datetime] = now()


class StarterRow(Base):
    """A character that ships with the product and was set up once; deleting it is for good."""

    __tablename__ = "starters"

    key: Mapped[str] = mapped_column(primary_key=True)
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="SET NULL")
    )


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
    created_at: Mapped[datetime] = now()


class PersonaRow(Base):
    """Who a person is to characters; one of them is the default."""

    __tablename__ = "personas"
    __table_args__ = (
        Index(
            "uq_personas_default",
            "user_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        UniqueConstraint("user_id", "folded"),
        UniqueConstraint("user_id", "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    name: Mapped[str]
    # As names are compared.
    folded: Mapped[str]
    pronouns: Mapped[str]
    about: Mapped[str]
    is_default: Mapped[bool]
    # The PluralKit member who this is.
    member_id: Mapped[str | None]
    created_at: Mapped[datetime] = now()
    updated_at: Mapped[datetime] = now()


class PersonaChoiceRow(Base):
    """Which persona a person is for one character, or in one server."""

    __tablename__ = "persona_choices"
    __table_args__ = (
        UniqueConstraint("user_id", "character_id", "guild_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("(character_id IS NULL) <> (guild_id IS NULL)", name="one_reach"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[int]
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    guild_id: Mapped[int | None]
    persona_id: Mapped[UUID] = mapped_column(
        ForeignKey("personas.id", ondelete="CASCADE"), index=True
    )
