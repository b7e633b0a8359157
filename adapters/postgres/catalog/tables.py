"""The tables of the catalog: areas, events, and what they are searched and sorted by.

`event_rows` computes what events are searched by. Lists that exclude past events are most of all lists, so that most
indexes begin with `has_ended`: events that ended long ago are then not read at all.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.dialects import postgresql

from adapters.postgres.shared.metadata import Amount, Moment, TextList, has_decimals_of_currency, metadata, one_of
from core.catalog.model import EventStatus, Origin
from core.catalog.search import MAX_SORTED_LENGTH

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
    sa.Column("organizer_id", sa.Uuid, sa.ForeignKey("users.id")),
    sa.Column("origin", one_of(Origin, "origin"), nullable=False),
    sa.Column("source_url", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    # Set some time after the end: an event may have ended without it.
    sa.Column("has_ended", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("folded_name", sa.Text(collation="C"), nullable=False),
    sa.Column("folded_venue", sa.Text, nullable=False),
    sa.Column("folded_city", sa.Text, nullable=False),
    sa.Column("category_key", sa.Text, nullable=False),
    sa.Column("search", postgresql.TSVECTOR, nullable=False),
    sa.CheckConstraint("booked_count >= 0 AND booked_count <= coalesce(capacity, booked_count)", name="booked_count"),
    sa.CheckConstraint("waitlist_count >= 0", name="waitlist_count"),
    sa.CheckConstraint("end_time >= start_time", name="end_time"),
    sa.CheckConstraint("registration_deadline <= start_time", name="registration_deadline"),
    sa.CheckConstraint("price >= 0", name="price"),
    has_decimals_of_currency("price"),
    sa.Index("events_waitlist_to_close_idx", "registration_deadline", postgresql_where=sa.text("waitlist_count > 0")),
    sa.Index("events_expiring_idx", "next_expiry", postgresql_where=sa.text("next_expiry IS NOT NULL")),
    sa.Index("events_to_end_idx", "end_time", postgresql_where=sa.text("NOT has_ended")),
    # With the columns that nearly every list excludes some events by, so that these two are counted from the index.
    sa.Index("events_by_start_idx", "has_ended", "start_time", "id", postgresql_include=["end_time", "status"]),
    sa.Index(
        "events_by_category_idx",
        *("has_ended", "category_key", "start_time", "id"),
        postgresql_include=["end_time", "status"],
    ),
    sa.Index("events_by_city_idx", "has_ended", "folded_city", "start_time", "id"),
    sa.Index("events_by_city_and_category_idx", "has_ended", "folded_city", "category_key", "start_time", "id"),
    sa.Index("events_by_organizer_idx", "organizer_id", "has_ended", "start_time", "id"),
    sa.Index("events_by_creation_idx", "has_ended", "created_at", "id"),
    # For figures: nothing that a booking changes, and all that is counted of the many events that can't be booked.
    sa.Index("events_figures_idx", "origin", "status", "end_time", postgresql_include=["capacity"]),
    sa.Index("events_search_idx", "search", postgresql_using="gin"),
    *(
        sa.Index(f"events_{name}_idx", name, postgresql_using="gin", postgresql_ops={name: "gin_trgm_ops"})
        for name in ("folded_name", "folded_venue")
    ),
)

MAX_PRICE = Decimal(10) ** 9
"""More than a price can be: where unknown prices are sorted, so that they come last."""
SORTED_NAME = func.left(events.c.folded_name, MAX_SORTED_LENGTH, type_=sa.Text(collation="C"))
ASCENDING_PRICE = func.coalesce(events.c.price, sa.text(str(MAX_PRICE)), type_=Amount)
DESCENDING_PRICE = func.coalesce(events.c.price, sa.text(f"-{MAX_PRICE}"), type_=Amount)
sa.Index("events_by_name_idx", events.c.has_ended, SORTED_NAME, events.c.id)
sa.Index("events_by_price_idx", events.c.has_ended, ASCENDING_PRICE, events.c.id)
sa.Index("events_by_city_and_price_idx", events.c.has_ended, events.c.folded_city, ASCENDING_PRICE, events.c.id)
sa.Index("events_by_falling_price_idx", events.c.has_ended, DESCENDING_PRICE, events.c.id)

# On a sphere with the radius 1, as a point of the extension cube, whose index finds the nearest ones first.
POSITION = func.cube(
    func.cube(
        func.cube(func.cos(func.radians(events.c.latitude)) * func.cos(func.radians(events.c.longitude))),
        func.cos(func.radians(events.c.latitude)) * func.sin(func.radians(events.c.longitude)),
    ),
    func.sin(func.radians(events.c.latitude)),
)
sa.Index(
    "events_position_idx",
    POSITION,
    postgresql_using="gist",
    postgresql_where=sa.text("has_ended IS FALSE AND latitude IS NOT NULL AND longitude IS NOT NULL"),
)


IS_IN_SITEMAP = sa.text("origin IN ('local', 'partner') AND status <> 'inactive' AND NOT has_ended")
"""Of an event that has not ended. Its columns are those of `events`."""
sa.Index(
    "events_sitemap_idx",
    events.c.id,
    postgresql_where=IS_IN_SITEMAP,
    postgresql_include=["updated_at", "end_time"],
)


# A table of its own, which a trigger keeps up to date: with an index on a count that every booking changes, PostgreSQL
# would have to write an entry to every index of `events` for every booking (heap-only tuples would no longer apply).
event_utilizations = sa.Table(
    "event_utilizations",
    metadata,
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("has_ended", sa.Boolean, nullable=False),
    sa.Column("utilization", sa.Double, nullable=False),
    sa.Index("event_utilizations_idx", "has_ended", "utilization", "event_id"),
)


share_pictures = sa.Table(
    "share_pictures",
    metadata,
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


event_cities = sa.Table(
    "event_cities",
    metadata,
    sa.Column("folded_name", sa.Text(collation="C"), primary_key=True),
    sa.Index(
        "event_cities_parts_idx",
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
