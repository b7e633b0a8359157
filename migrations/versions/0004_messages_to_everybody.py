"""Messages to programs beside those to people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("webhook_id", sa.Uuid()))
    op.alter_column("outbox", "email", nullable=True)
    op.create_check_constraint(op.f("outbox_receiver_check"), "outbox", "num_nonnulls(email, webhook_id) = 1")


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE email IS NULL")
    op.drop_constraint(op.f("outbox_receiver_check"), "outbox")
    op.alter_column("outbox", "email", nullable=False)
    op.drop_column("outbox", "webhook_id")
