"""Sidecars, author's notes, directives, and each turn's record of its prompt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def _when(name: str) -> "sa.Column[object]":
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "directives",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        _when("updated_at"),
        sa.CheckConstraint(
            "role IN ('system', 'user', 'assistant')", name=op.f("ck_directives_role")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_directives")),
    )
    op.create_table(
        "author_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        _when("updated_at"),
        sa.CheckConstraint(
            "(channel_id IS NULL) <> (character_id IS NULL)",
            name=op.f("ck_author_notes_one_reach"),
        ),
        sa.CheckConstraint(
            "role IN ('system', 'user', 'assistant')", name=op.f("ck_author_notes_role")
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_author_notes_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_notes")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_author_notes_channel_id")),
        sa.UniqueConstraint("character_id", name=op.f("uq_author_notes_character_id")),
    )
    op.create_table(
        "sidecars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        _when("updated_at"),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_sidecars_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sidecars")),
        sa.UniqueConstraint(
            "user_id",
            "character_id",
            name=op.f("uq_sidecars_user_id_character_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_sidecars_character_id"), "sidecars", ["character_id"], unique=False)
    op.create_table(
        "turn_records",
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _when("recorded_at"),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name=op.f("fk_turn_records_turn_id_turns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_turn_records")),
    )
