"""The tables of alerts: subscriptions, what they found, and what was sent."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.postgres.shared.metadata import Moment, metadata, one_of
from core.alerts.model import Frequency

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("frequency", one_of(Frequency, "frequency"), nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    # When the last confirmation email was sent.
    sa.Column("confirmation_sent_at", Moment),
    sa.Column("confirm_hash", sa.Text),
    sa.Column("confirmed_at", Moment),
    sa.Column("next_digest_at", Moment),
    # The search as it was entered, and below what it is looked up and compared by.
    sa.Column("text", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("radius_km", sa.Double),
    sa.Column("price_max", sa.Numeric),
    sa.Column("search_key", sa.Text, nullable=False),
    sa.Column("term", sa.Text(collation="C"), nullable=False),
    sa.Column("category_key", sa.Text),
    sa.Column("folded_city", sa.Text),
    sa.CheckConstraint("num_nonnulls(latitude, longitude, radius_km) IN (0, 3)", name="near"),
    sa.CheckConstraint("num_nonnulls(text, category, city, radius_km, price_max) > 0", name="search"),
    sa.CheckConstraint("confirmed_at IS NOT NULL OR confirm_hash IS NOT NULL", name="confirmed_at"),
    sa.CheckConstraint(
        "(next_digest_at IS NOT NULL) = (confirmed_at IS NOT NULL AND frequency <> 'instant')", name="next_digest_at"
    ),
    sa.Index("subscriptions_request_key", "email", "search_key", "frequency", "timezone", unique=True),
    sa.Index("subscriptions_term_idx", "term", postgresql_where=sa.text("confirmed_at IS NOT NULL")),
    sa.Index(
        "subscriptions_confirmed_search_key",
        "email",
        "search_key",
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    ),
    sa.Index("subscriptions_due_idx", "next_digest_at", postgresql_where=sa.text("next_digest_at IS NOT NULL")),
)


# These two tables have no foreign keys to events: inserting would lock the event's row, which bookings wait for, until
# all alerts are stored. `DeleteStaleAlerts` deletes what is left of deleted events.
alert_matches = sa.Table(
    "alert_matches",
    metadata,
    sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True, index=True),
)


sent_alerts = sa.Table(
    "sent_alerts",
    metadata,
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("start_time", Moment, nullable=False),
    sa.Column("venue", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("is_cancelled", sa.Boolean, nullable=False),
)
