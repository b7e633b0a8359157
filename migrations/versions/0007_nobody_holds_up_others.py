"""Send messages to individuals before bulk messages, and pause webhooks that do not respond."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

WAITS = sa.text("status = 'waiting' AND webhook_id IS NULL")


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))
    op.add_column("webhooks", sa.Column("rests_until", sa.DateTime(timezone=True)))
    bulk = sa.Computed("split_part(topic, '.', 1) IN ('alert', 'event')", persisted=True)
    op.add_column("outbox", sa.Column("is_bulk", sa.Boolean(), bulk, nullable=False))
    op.drop_index("outbox_due_idx", "outbox")
    op.create_index("outbox_due_idx", "outbox", ["is_bulk", "due_at", "id"], postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_index("outbox_due_idx", "outbox")
    op.create_index("outbox_due_idx", "outbox", ["due_at", "id"], postgresql_where=WAITS)
    op.drop_column("outbox", "is_bulk")
    op.drop_column("webhooks", "rests_until")
    op.drop_column("webhooks", "unanswered")
