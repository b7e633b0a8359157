"""The tables of administration: bulk runs and their items."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.postgres.shared.metadata import Moment, metadata, one_of
from core.administration.model import BulkAction, BulkStatus, Outcome

bulk_runs = sa.Table(
    "bulk_runs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("action", one_of(BulkAction, "action"), nullable=False),
    # No foreign key: a run outlives the account of who confirmed it, as the audit log does.
    sa.Column("actor_id", sa.Uuid, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("status", one_of(BulkStatus, "status"), nullable=False),
    sa.Column("confirmed_at", Moment),
    sa.Column("finished_at", Moment),
    sa.CheckConstraint("(confirmed_at IS NULL) = (status = 'proposed')", name="confirmed_at"),
    sa.CheckConstraint("(finished_at IS NOT NULL) = (status = 'done')", name="finished_at"),
)


bulk_items = sa.Table(
    "bulk_items",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("run_id", sa.Uuid, sa.ForeignKey("bulk_runs.id", ondelete="CASCADE"), nullable=False),
    # No foreign key: it may be an event, a booking, a message … and be removed while the run is kept.
    sa.Column("target", sa.Uuid, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("outcome", one_of(Outcome, "outcome"), nullable=False),
    sa.Column("detail", sa.Text),
    sa.Index("bulk_items_run_idx", "run_id", "id"),
    sa.Index("bulk_items_outcome_idx", "run_id", "outcome", "id"),
)
