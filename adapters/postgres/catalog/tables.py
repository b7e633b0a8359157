"""The tables of the catalog: areas, events, and the vocabulary of the text search.

`event_rows` computes what events are searched by. The migration of searches without spaces defines `search_query`.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from adapters.postgres.shared.metadata import Amount, Moment, TextList, has_decimals_of_currency, metadata, one_of
from core.catalog.model import EventStatus, Origin

areas = sa.Table(
    "areas",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("name_key", sa.Text(collation="C"), nullable=False, unique=True),
)


events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("category", sa.Text),
    sa.Column("tags", TextList, nullable=False, server_default="{}"),
    sa.Column("venue", sa.Text),
    sa.Column("area_id", sa.Uuid, sa.ForeignKey("areas.id"), index=True),
    sa.Column("city", sa.Text),
    sa.Column("country", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("start_time", Moment, nullable=False),
    sa.Column("end_time", Moment, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("registration_deadline", Moment, nullable=False),
    sa.Column("capacity", sa.Integer),
    sa.Column("booked_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("waitlist_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_waitlist_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_expiry", Moment),
    sa.Column("seats_per_row", sa.Integer),
    sa.Column("price", Amount),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("status", one_of(EventStatus, "status"), nullable=False),
    sa.Column("organizer_id", sa.Uuid, sa.ForeignKey("users.id"), index=True),
    sa.Column("origin", one_of(Origin, "origin"), nullable=False),
    sa.Column("source_url", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("folded_name", sa.Text(collation="C"), nullable=False),
    sa.Column("folded_venue", sa.Text, nullable=False),
    sa.Column("folded_city", sa.Text, nullable=False),
    sa.Column("category_key", sa.Text, nullable=False),
    sa.Column("tag_keys", TextList, nullable=False),
    sa.Column("search", postgresql.TSVECTOR, nullable=False),
    sa.CheckConstraint("booked_count >= 0 AND booked_count <= coalesce(capacity, booked_count)", name="booked_count"),
    sa.CheckConstraint("waitlist_count >= 0", name="waitlist_count"),
    sa.CheckConstraint("end_time >= start_time", name="end_time"),
    sa.CheckConstraint("registration_deadline <= start_time", name="registration_deadline"),
    sa.CheckConstraint("price >= 0", name="price"),
    has_decimals_of_currency("price"),
    sa.Index("events_listed_idx", "start_time", "id", postgresql_where=sa.text("status IN ('open', 'closed')")),
    sa.Index("events_waitlist_to_close_idx", "registration_deadline", postgresql_where=sa.text("waitlist_count > 0")),
    sa.Index("events_expiring_idx", "next_expiry", postgresql_where=sa.text("next_expiry IS NOT NULL")),
    sa.Index("events_search_idx", "search", postgresql_using="gin"),
    sa.Index(
        "events_folded_name_idx",
        "folded_name",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    ),
)


search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("word", sa.Text(collation="C"), primary_key=True),
)
