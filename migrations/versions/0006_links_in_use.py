"""Add the lease of one-time links, so that concurrent requests with one link hash a password only once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("one_time_links", sa.Column("in_use_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("one_time_links", "in_use_until")
