"""Pictures and people in what was said, clears, bursts, personas and questions for an age."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "age_prompts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("payload_version", sa.BigInteger(), nullable=False),
        sa.Column("character_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_age_prompts")),
    )
    op.create_table(
        "people",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("nickname", sa.String(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_people")),
    )
    op.create_table(
        "personas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("pronouns", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personas")),
        sa.UniqueConstraint("user_id", "folded", name=op.f("uq_personas_user_id_folded")),
        sa.UniqueConstraint("user_id", "member_id", name=op.f("uq_personas_user_id_member_id")),
    )
    op.create_index(
        "uq_personas_default",
        "personas",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "clears",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("cleared_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "cleared_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_clears_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clears")),
    )
    op.create_index(op.f("ix_clears_channel_id"), "clears", ["channel_id"], unique=False)
    op.create_index(op.f("ix_clears_character_id"), "clears", ["character_id"], unique=False)
    op.create_table(
        "persona_choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("persona_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(character_id IS NULL) <> (guild_id IS NULL)",
            name=op.f("ck_persona_choices_one_reach"),
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_persona_choices_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["persona_id"],
            ["personas.id"],
            name=op.f("fk_persona_choices_persona_id_personas"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persona_choices")),
        sa.UniqueConstraint(
            "user_id",
            "character_id",
            "guild_id",
            name=op.f("uq_persona_choices_user_id_character_id_guild_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_persona_choices_character_id"), "persona_choices", ["character_id"], unique=False
    )
    op.create_index(
        op.f("ix_persona_choices_persona_id"), "persona_choices", ["persona_id"], unique=False
    )
    op.create_table(
        "message_images",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=True),
        sa.Column("skip_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id", "message_id"],
            ["messages.channel_id", "messages.id"],
            name=op.f("fk_message_images_channel_id_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "channel_id", "message_id", "position", name=op.f("pk_message_images")
        ),
    )
    op.create_table(
        "turn_triggers",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trigger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("payload_version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_turn_triggers_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name=op.f("fk_turn_triggers_turn_id_turns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "channel_id", "trigger_id", "character_id", name=op.f("pk_turn_triggers")
        ),
    )
    op.create_index(op.f("ix_turn_triggers_turn_id"), "turn_triggers", ["turn_id"], unique=False)
    op.add_column("messages", sa.Column("proxied_as", sa.String(), nullable=True))
    op.add_column(
        "turns", sa.Column("restarts", sa.BigInteger(), server_default="0", nullable=False)
    )
