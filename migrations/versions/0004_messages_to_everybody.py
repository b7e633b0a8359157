"""What happens to bookings is noted, to be told; messages go to programs, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("webhook_id", sa.Uuid()))
    op.alter_column("outbox", "email", nullable=True)
    op.create_table(
        "booking_notices",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("booking_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="booking_notices_pkey"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="booking_notices_event_id_fkey", ondelete="CASCADE"),
    )
    op.create_check_constraint(op.f("outbox_receiver_check"), "outbox", "num_nonnulls(email, webhook_id) = 1")


def downgrade() -> None:
    op.drop_table("booking_notices")
    op.execute("DELETE FROM outbox WHERE email IS NULL")
    op.drop_constraint(op.f("outbox_receiver_check"), "outbox")
    op.alter_column("outbox", "email", nullable=False)
    op.drop_column("outbox", "webhook_id")
