"""Turns of which something is shown while the model still writes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

UNFINISHED = "state IN ('queued', 'generating', 'streaming', 'generated', 'delivering')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_turns_state"), "turns", type_="check")
    op.create_check_constraint(
        op.f("ck_turns_state"),
        "turns",
        "state IN ('queued', 'generating', 'streaming', 'generated', 'delivering', 'delivered', "
        "'failed', 'cancelled')",
    )
    op.drop_index("ix_turns_unfinished", table_name="turns")
    op.create_index(
        "ix_turns_unfinished", "turns", ["created_at"], postgresql_where=sa.text(UNFINISHED)
    )
    for name in ("is_due", "is_gone"):
        op.add_column(
            "turn_parts",
            sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )
