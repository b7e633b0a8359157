"""The tables of discovery: what each source reported about an event, and the scrape runs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from adapters.postgres.shared.metadata import Moment, metadata, one_of
from core.discovery.model import Source

event_sources = sa.Table(
    "event_sources",
    metadata,
    sa.Column("source", one_of(Source, "source"), primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("reported", postgresql.JSONB, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
)


scrape_runs = sa.Table(
    "scrape_runs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("source", one_of(Source, "source"), nullable=False),
    sa.Column("scope", sa.Text),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=False),
    sa.Column("found", sa.Integer, nullable=False),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("updated", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("rejected", postgresql.JSONB, nullable=False),
    sa.Column("warnings", postgresql.JSONB, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("quarantined", sa.Boolean, nullable=False),
    sa.Index("scrape_runs_newest_idx", "source", "scope", "id"),
)
