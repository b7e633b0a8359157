"""The tables. Only definitions: rules that must hold whoever writes are constraints here as well as code in core.

The functions behind `search` live in the first migration, where they are explained.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from core.accounts.links import Purpose
from core.alerts.model import Frequency
from core.booking.model import BookingStatus, Channel
from core.booking.payment import PaymentStatus
from core.catalog.model import EventStatus, Origin
from core.discovery.model import Source
from core.shared.access import Role
from core.shared.messages import Status
from core.webhooks.model import Scope

metadata = sa.MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

Moment = sa.DateTime(timezone=True)
Amount = sa.Numeric(12, 2)
TextList = postgresql.ARRAY(sa.Text, as_tuple=True)


def one_of(names: type[StrEnum], name: str) -> sa.Enum:
    """A text column that holds one of the values of an enumeration, and a constraint that says so."""
    return sa.Enum(
        names,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [member.value for member in kind],
    )


users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", one_of(Role, "role"), nullable=False),
    sa.Column("email_verified", sa.Boolean, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_used_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Index("sessions_revoked_idx", "revoked_at", postgresql_where=sa.text("revoked_at IS NOT NULL")),
)

one_time_links = sa.Table(
    "one_time_links",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("purpose", one_of(Purpose, "purpose"), nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("in_use_until", Moment),
    sa.UniqueConstraint("user_id", "purpose"),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    # No foreign keys: what happened stays true when those it happened to are gone.
    sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Uuid),
    sa.Column("facts", postgresql.JSONB, nullable=False),
    sa.Index("audit_log_at_idx", "at", "id"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("topics", TextList, nullable=False),
    sa.Column("scope", one_of(Scope, "scope"), nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment),
    sa.Column("disabled_reason", sa.Text),
    # Until when somebody delivers to it; once that is over, when it was served last.
    sa.Column("served_until", Moment),
    # How many times in a row it did not answer then, and until when it is left alone for that.
    sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rests_until", Moment),
    sa.CheckConstraint("cardinality(topics) > 0", name="topics"),
    sa.CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled"),
    sa.Index("webhooks_listening_idx", "scope", "user_id", postgresql_where=sa.text("disabled_at IS NULL")),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("webhook_id", sa.ForeignKey("webhooks.id", ondelete="CASCADE")),
    sa.Column("payload", postgresql.JSONB, nullable=False),
    sa.Column("secret", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("status", one_of(Status, "status"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("response_status", sa.Integer),
    sa.Column("sent_at", Moment),
    sa.Column("read_at", Moment),
    sa.Column(
        "is_bulk",
        sa.Boolean,
        sa.Computed("split_part(topic, '.', 1) IN ('alert', 'event')", persisted=True),
        nullable=False,
    ),
    sa.CheckConstraint("num_nonnulls(email, webhook_id) = 1", name="receiver"),
    sa.CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", name="sent_at"),
    sa.CheckConstraint("status <> 'sent' OR secret IS NULL", name="secret"),
    # One for people and one for programs, so that what waits for a program that is away is in nobody's way.
    sa.Index(
        "outbox_due_idx",
        "is_bulk",
        "due_at",
        "id",
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NULL"),
    ),
    sa.Index(
        "outbox_webhook_due_idx",
        "webhook_id",
        "due_at",
        "id",
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NOT NULL"),
    ),
    sa.Index("outbox_webhook_idx", "webhook_id", "id", postgresql_where=sa.text("webhook_id IS NOT NULL")),
    # Of few rows, and none that is on its way: keeping it costs deliveries nothing.
    sa.Index("outbox_dead_idx", "id", postgresql_where=sa.text("status = 'dead'")),
    sa.Index("outbox_inbox_idx", "user_id", "id"),
)

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
    sa.Index("areas_lower_name_key", sa.text("lower(name)"), unique=True),
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
    sa.Column("area_id", sa.ForeignKey("areas.id"), index=True),
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
    sa.Column("last_line_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_expiry", Moment),
    sa.Column("seats_per_row", sa.Integer),
    sa.Column("price", Amount),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("status", one_of(EventStatus, "status"), nullable=False),
    sa.Column("organizer_id", sa.ForeignKey("users.id"), index=True),
    sa.Column("origin", one_of(Origin, "origin"), nullable=False),
    sa.Column("source_url", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column(
        "search",
        postgresql.TSVECTOR,
        sa.Computed("event_search(name, venue, city, category, tags, description)", persisted=True),
    ),
    sa.CheckConstraint("booked_count >= 0 AND booked_count <= coalesce(capacity, booked_count)", name="booked_count"),
    sa.CheckConstraint("waitlist_count >= 0", name="waitlist_count"),
    sa.CheckConstraint("end_time >= start_time", name="end_time"),
    sa.CheckConstraint("registration_deadline <= start_time", name="registration_deadline"),
    sa.CheckConstraint("price >= 0", name="price"),
    sa.Index("events_listed_idx", "start_time", "id", postgresql_where=sa.text("status IN ('open', 'closed')")),
    sa.Index("events_search_idx", "search", postgresql_using="gin"),
    sa.Index(
        "events_folded_name_idx",
        sa.func.fold(sa.column("name")).label("folded"),
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    ),
)

search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("word", sa.Text(collation="C"), primary_key=True),
    sa.Index("search_words_trigrams_idx", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
)

event_sources = sa.Table(
    "event_sources",
    metadata,
    sa.Column("source", one_of(Source, "source"), primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("told", postgresql.JSONB, nullable=False),
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

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id")),
    sa.Column("visitor_name", sa.Text),
    sa.Column("visitor_email", sa.Text),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("status", one_of(BookingStatus, "status"), nullable=False),
    sa.Column("channel", one_of(Channel, "channel"), nullable=False, server_default="book"),
    sa.Column("amount", Amount, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("seats", TextList, nullable=False, server_default="{}"),
    sa.Column("line_number", sa.Integer),
    sa.Column("expires_at", Moment),
    sa.Column("paying", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("amount >= 0", name="amount"),
    sa.CheckConstraint("(user_id IS NULL) = (visitor_email IS NOT NULL)", name="owner"),
    sa.CheckConstraint("(line_number IS NOT NULL) = (status = 'waitlisted')", name="line_number"),
    sa.CheckConstraint("(expires_at IS NOT NULL) = (status = 'pending')", name="expires_at"),
    sa.Index("bookings_user_id_newest_idx", "user_id", sa.text("id DESC")),
    sa.Index(
        "bookings_line_key",
        "event_id",
        "line_number",
        unique=True,
        postgresql_where=sa.text("status = 'waitlisted'"),
    ),
    sa.Index("bookings_due_idx", "event_id", "expires_at", postgresql_where=sa.text("status = 'pending'")),
    sa.Index(
        "bookings_purchase_key",
        "event_id",
        "user_id",
        unique=True,
        postgresql_where=sa.text("channel = 'purchase' AND status IN ('pending', 'confirmed')"),
    ),
    sa.Index(
        "bookings_registration_key",
        "event_id",
        "visitor_email",
        unique=True,
        postgresql_where=sa.text("channel = 'register' AND status IN ('pending', 'confirmed', 'waitlisted')"),
    ),
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Uuid, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("row_label", sa.Text, nullable=False),
    sa.Column("col_number", sa.Integer, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("booking_id", sa.ForeignKey("bookings.id")),
    sa.UniqueConstraint("event_id", "label"),
    sa.Index("seats_booking_id_idx", "booking_id", postgresql_where=sa.text("booking_id IS NOT NULL")),
    sa.Index("seats_free_idx", "event_id", "number", postgresql_where=sa.text("booking_id IS NULL")),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking_id", sa.ForeignKey("bookings.id"), nullable=False, index=True),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("is_void", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("checked_in_at", Moment),
    sa.UniqueConstraint("event_id", "code"),
)

payments = sa.Table(
    "payments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking_id", sa.ForeignKey("bookings.id"), nullable=False, index=True),
    sa.Column("amount", Amount, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("status", one_of(PaymentStatus, "status"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.Index("payments_unsettled_idx", "updated_at", postgresql_where=sa.text("status IN ('open', 'refund_due')")),
    sa.Index("payments_open_key", "booking_id", unique=True, postgresql_where=sa.text("status = 'open'")),
    sa.Index("payments_captured_key", "booking_id", unique=True, postgresql_where=sa.text("status = 'captured'")),
)

booking_notices = sa.Table(
    "booking_notices",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    sa.Column("booking_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("facts", postgresql.JSONB, nullable=False),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("event_id", sa.ForeignKey("events.id"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("booking_id", sa.ForeignKey("bookings.id"), nullable=False),
    sa.Column("waited", sa.Boolean, nullable=False, server_default="false"),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("frequency", one_of(Frequency, "frequency"), nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("asked_at", Moment),
    sa.Column("confirm_hash", sa.Text),
    sa.Column("confirmed_at", Moment),
    sa.Column("next_digest_at", Moment),
    # The search, as it was typed; below, what it is looked up and compared by.
    sa.Column("text", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("radius_km", sa.Double),
    sa.Column("price_max", sa.Numeric),
    sa.Column("search_key", sa.Text, nullable=False),
    sa.Column("term", sa.Text(collation="C"), nullable=False),
    sa.Column("lower_category", sa.Text),
    sa.Column("folded_city", sa.Text),
    sa.CheckConstraint("num_nonnulls(latitude, longitude, radius_km) IN (0, 3)", name="near"),
    sa.CheckConstraint("num_nonnulls(text, category, city, radius_km, price_max) > 0", name="search"),
    sa.CheckConstraint("confirmed_at IS NOT NULL OR confirm_hash IS NOT NULL", name="confirmed_at"),
    sa.CheckConstraint(
        "(next_digest_at IS NOT NULL) = (confirmed_at IS NOT NULL AND frequency <> 'instant')", name="next_digest_at"
    ),
    sa.Index("subscriptions_wish_key", "email", "search_key", "frequency", "timezone", unique=True),
    sa.Index("subscriptions_term_idx", "term", postgresql_where=sa.text("confirmed_at IS NOT NULL")),
    sa.Index(
        "subscriptions_one_for_each_search_key",
        "email",
        "search_key",
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    ),
    sa.Index("subscriptions_due_idx", "next_digest_at", postgresql_where=sa.text("next_digest_at IS NOT NULL")),
)

# The events of these two have no foreign keys: those would lock the event's row, which bookings wait for, until all who
# want to know of it are told. What is left of events that are gone is swept up by `ForgetAlerts`.
alert_matches = sa.Table(
    "alert_matches",
    metadata,
    sa.Column("subscription_id", sa.ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True, index=True),
)

alert_tellings = sa.Table(
    "alert_tellings",
    metadata,
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True, index=True),
    sa.Column("start_time", Moment, nullable=False),
    sa.Column("venue", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("is_cancelled", sa.Boolean, nullable=False),
)
