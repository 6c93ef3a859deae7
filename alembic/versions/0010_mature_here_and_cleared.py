"""Characters that a server's moderators keep for grown-ups; with which message a memory begins."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "mature_in_servers",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("flagged_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "flagged_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_mature_in_servers_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("guild_id", "character_id", name=op.f("pk_mature_in_servers")),
    )
    op.create_index(
        op.f("ix_mature_in_servers_character_id"),
        "mature_in_servers",
        ["character_id"],
        unique=False,
    )
    op.add_column(
        "memories",
        sa.Column(
            "begins_at",
            sa.BigInteger(),
            sa.Computed("message_ids[1]", persisted=True),
            nullable=False,
        ),
    )
    op.drop_index("ix_memories_owner", table_name="memories")
    op.create_index(
        "ix_memories_owner",
        "memories",
        ["user_id", "character_id"],
        unique=False,
        postgresql_include=["id", "guild_id", "channel_id", "begins_at", "embedding"],
    )
