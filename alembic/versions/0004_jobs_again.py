"""Jobs that run once more, because they were asked for again while they ran."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("again", sa.Boolean(), server_default="false", nullable=False))
