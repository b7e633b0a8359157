"""Admins do one action on many things, and see what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

Moment = sa.DateTime(timezone=True)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    actions = (
        "cancel-bookings",
        "close-events",
        "deactivate-events",
        "deactivate-users",
        "retry-jobs",
        "retry-notifications",
    )
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("action", one_of("action", *actions), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("status", one_of("status", "proposed", "running", "done"), nullable=False),
        sa.Column("confirmed_at", Moment),
        sa.Column("finished_at", Moment),
        sa.CheckConstraint("(confirmed_at IS NULL) = (status = 'proposed')", name="confirmed_at"),
        sa.CheckConstraint("(finished_at IS NOT NULL) = (status = 'done')", name="finished_at"),
    )
    op.create_table(
        "bulk_items",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("run_id", sa.Uuid, sa.ForeignKey("bulk_runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("target", sa.Uuid, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("outcome", one_of("outcome", "pending", "exception", "done", "refused"), nullable=False),
        sa.Column("detail", sa.Text),
    )
    op.create_index("bulk_items_run_idx", "bulk_items", ["run_id", "id"])
    op.create_index("bulk_items_outcome_idx", "bulk_items", ["run_id", "outcome", "id"])


def downgrade() -> None:
    op.drop_table("bulk_items")
    op.drop_table("bulk_runs")
