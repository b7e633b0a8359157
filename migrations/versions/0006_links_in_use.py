"""Until when somebody has a one-time link for themselves, so that it costs one hashing however many show it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("one_time_links", sa.Column("in_use_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("one_time_links", "in_use_until")
