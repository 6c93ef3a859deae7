"""Settings and caps, active characters, restrictions, denials, ages and aliases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "ages",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_ages")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_table(
        "restrictions",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.CheckConstraint("kind IN ('allow', 'deny')", name=op.f("ck_restrictions_kind")),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_restrictions")),
    )
    op.create_table(
        "activations",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("talkativeness", sa.Double(), nullable=False),
        sa.Column("activated_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "activated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "talkativeness BETWEEN 0 AND 1", name=op.f("ck_activations_talkativeness")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name=op.f("fk_activations_channel_id_channels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_activations_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", "character_id", name=op.f("pk_activations")),
    )
    op.create_index(
        op.f("ix_activations_character_id"), "activations", ["character_id"], unique=False
    )
    op.create_table(
        "aliases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_aliases_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aliases")),
    )
    op.create_index("ix_aliases_character_id", "aliases", ["character_id"], unique=False)
    op.create_index(
        "uq_aliases_global",
        "aliases",
        ["character_id", "folded"],
        unique=True,
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_index(
        "uq_aliases_personal",
        "aliases",
        ["user_id", "folded"],
        unique=True,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_table(
        "denials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("denied_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "denied_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "(scope, place_id IS NULL, character_id IS NULL) IN (('bot', true, true), "
            "('server', false, true), ('channel', false, true), ('character', true, false))",
            name=op.f("ck_denials_scope"),
        ),
        sa.CheckConstraint("mode IN ('block', 'mute')", name=op.f("ck_denials_mode")),
        sa.CheckConstraint("subject IN ('user', 'server')", name=op.f("ck_denials_subject")),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_denials_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_denials")),
        sa.UniqueConstraint(
            "subject",
            "subject_id",
            "scope",
            "place_id",
            "character_id",
            name=op.f("uq_denials_subject_subject_id_scope_place_id_character_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_denials_character_id"), "denials", ["character_id"], unique=False)
    op.create_table(
        "settings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("discord_id", sa.BigInteger(), nullable=True),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_cap", sa.Boolean(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "tier IN ('host', 'server', 'channel', 'character', 'user', 'user_character')",
            name=op.f("ck_settings_tier"),
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_settings_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint(
            "tier",
            "discord_id",
            "character_id",
            "name",
            "is_cap",
            name=op.f("uq_settings_tier_discord_id_character_id_name_is_cap"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_settings_character_id"), "settings", ["character_id"], unique=False)
    op.add_column(
        "characters", sa.Column("mature", sa.Boolean(), server_default="false", nullable=False)
    )
