"""Characters that a server's moderators keep for grown-ups."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"


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
