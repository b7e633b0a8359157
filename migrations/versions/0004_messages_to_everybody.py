"""Add booking notices and webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("disabled_reason", sa.Text()),
        sa.Column("served_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="webhooks_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="webhooks_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint("scope IN ('own', 'all')", name=op.f("webhooks_scope_check")),
        sa.CheckConstraint("cardinality(topics) > 0", name=op.f("webhooks_topics_check")),
        sa.CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name=op.f("webhooks_disabled_check")),
    )
    op.create_index("webhooks_user_id_idx", "webhooks", ["user_id"])
    op.create_index(
        "webhooks_listening_idx", "webhooks", ["scope", "user_id"], postgresql_where=sa.text("disabled_at IS NULL")
    )
    op.add_column("outbox", sa.Column("webhook_id", sa.Uuid()))
    op.add_column("outbox", sa.Column("response_status", sa.Integer()))
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
    op.create_foreign_key("outbox_webhook_id_fkey", "outbox", "webhooks", ["webhook_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint(op.f("outbox_receiver_check"), "outbox", "num_nonnulls(email, webhook_id) = 1")
    op.drop_index("outbox_due_idx", "outbox")
    op.create_index(
        "outbox_due_idx",
        "outbox",
        ["due_at", "id"],
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NULL"),
    )
    op.create_index(
        "outbox_webhook_due_idx",
        "outbox",
        ["webhook_id", "due_at", "id"],
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NOT NULL"),
    )
    op.create_index("outbox_dead_idx", "outbox", ["id"], postgresql_where=sa.text("status = 'dead'"))
    op.create_index(
        "outbox_webhook_idx", "outbox", ["webhook_id", "id"], postgresql_where=sa.text("webhook_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table("booking_notices")
    op.execute("DELETE FROM outbox WHERE email IS NULL")
    for index in ("outbox_webhook_idx", "outbox_dead_idx", "outbox_webhook_due_idx", "outbox_due_idx"):
        op.drop_index(index, "outbox")
    op.create_index("outbox_due_idx", "outbox", ["due_at", "id"], postgresql_where=sa.text("status = 'waiting'"))
    op.drop_constraint(op.f("outbox_receiver_check"), "outbox")
    op.alter_column("outbox", "email", nullable=False)
    op.drop_column("outbox", "response_status")
    op.drop_column("outbox", "webhook_id")
    op.drop_table("webhooks")
