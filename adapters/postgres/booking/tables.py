"""The tables of booking."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from adapters.postgres.shared.metadata import Amount, Moment, TextList, has_decimals_of_currency, metadata, one_of
from core.booking.model import BookingStatus, Channel
from core.booking.payment import PaymentStatus

_IS_WAITING_OR_ENDED = sa.text("status IN ('waitlisted', 'cancelled', 'failed')")
_IS_UNPAID = sa.text("status IN ('pending', 'expired')")
_IS_USED = sa.text("checked_in_at IS NOT NULL")
_IS_REGISTERED = sa.text("channel = 'register'")

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id"), nullable=False),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id")),
    sa.Column("visitor_name", sa.Text),
    sa.Column("visitor_email", sa.Text),
    sa.Column("visitor_search_text", sa.Text),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("status", one_of(BookingStatus, "status"), nullable=False),
    sa.Column("channel", one_of(Channel, "channel"), nullable=False, server_default="book"),
    sa.Column("amount", Amount, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("seats", TextList, nullable=False, server_default="{}"),
    sa.Column("waitlist_number", sa.Integer),
    sa.Column("expires_at", Moment),
    sa.Column("paying", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    # When the person who had booked deleted their account.
    sa.Column("erased_at", Moment),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("amount >= 0", name="amount"),
    has_decimals_of_currency("amount"),
    sa.CheckConstraint("num_nonnulls(user_id, visitor_email, erased_at) = 1", name="owner"),
    sa.CheckConstraint("(waitlist_number IS NOT NULL) = (status = 'waitlisted')", name="waitlist_number"),
    sa.CheckConstraint("(expires_at IS NOT NULL) = (status = 'pending')", name="expires_at"),
    sa.Index("bookings_event_id_newest_idx", "event_id", sa.text("id DESC")),
    sa.Index("bookings_user_id_newest_idx", "user_id", sa.text("id DESC")),
    # For lists by status, newest first. Most bookings are confirmed: they are in none of these, so that booking writes
    # no more, and a list of them soon has a page full. A hold that has expired is listed as expired, whether it was
    # released or not, so the pending and the expired are together.
    sa.Index("bookings_status_newest_idx", "status", "id", postgresql_where=_IS_WAITING_OR_ENDED),
    sa.Index("bookings_unpaid_newest_idx", "id", postgresql_where=_IS_UNPAID),
    sa.Index("bookings_event_status_newest_idx", "event_id", "status", "id", postgresql_where=_IS_WAITING_OR_ENDED),
    sa.Index("bookings_event_unpaid_newest_idx", "event_id", "id", postgresql_where=_IS_UNPAID),
    # For figures. Ranges of pages instead of an entry for each booking, as bookings are stored nearly in their order.
    sa.Index("bookings_created_at_idx", "created_at", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
    sa.Index("bookings_cancelled_idx", "updated_at", postgresql_where=sa.text("status = 'cancelled'")),
    # For lists of visitors, who can be few among the bookings of a platform or of an event.
    sa.Index("bookings_registered_newest_idx", "id", postgresql_where=_IS_REGISTERED),
    sa.Index("bookings_event_registered_newest_idx", "event_id", "id", postgresql_where=_IS_REGISTERED),
    sa.Index("bookings_visitor_email_idx", "visitor_email", postgresql_where=sa.text("visitor_email IS NOT NULL")),
    sa.Index(
        "bookings_waitlist_key",
        "event_id",
        "waitlist_number",
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
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Uuid, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("row_label", sa.Text, nullable=False),
    sa.Column("col_number", sa.Integer, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("booking_id", sa.Uuid, sa.ForeignKey("bookings.id")),
    sa.UniqueConstraint("event_id", "label"),
    sa.Index("seats_booking_id_idx", "booking_id", postgresql_where=sa.text("booking_id IS NOT NULL")),
    sa.Index("seats_free_idx", "event_id", "number", postgresql_where=sa.text("booking_id IS NULL")),
)


tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking_id", sa.Uuid, sa.ForeignKey("bookings.id"), nullable=False, index=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id"), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("is_void", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("checked_in_at", Moment),
    sa.UniqueConstraint("event_id", "code"),
    # For the lists of those who have come: by booking, and by time. Written at the door only, and not when tickets are
    # issued.
    sa.Index("tickets_checked_in_idx", "event_id", "booking_id", postgresql_where=_IS_USED),
    sa.Index("tickets_last_checked_in_idx", "event_id", "checked_in_at", "id", postgresql_where=_IS_USED),
)

folded_ticket_code = sa.func.lower(sa.func.translate(tickets.c.code, "-_", ""))
"""What `fold_code` makes of a code that the platform has made."""
sa.Index("tickets_folded_code_idx", folded_ticket_code)


payments = sa.Table(
    "payments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking_id", sa.Uuid, sa.ForeignKey("bookings.id"), nullable=False, index=True),
    sa.Column("amount", Amount, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("status", one_of(PaymentStatus, "status"), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.CheckConstraint("amount > 0", name="amount"),
    has_decimals_of_currency("amount"),
    sa.Index("payments_unsettled_idx", "updated_at", postgresql_where=sa.text("status IN ('open', 'refund_due')")),
    sa.Index("payments_open_key", "booking_id", unique=True, postgresql_where=sa.text("status = 'open'")),
    sa.Index(
        "payments_revenue_idx",
        "currency",
        postgresql_where=sa.text("status = 'captured'"),
        postgresql_include=["amount"],
    ),
    sa.Index("payments_captured_key", "booking_id", unique=True, postgresql_where=sa.text("status = 'captured'")),
)


booking_notices = sa.Table(
    "booking_notices",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    sa.Column("booking_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
    sa.Column("facts", postgresql.JSONB, nullable=False),
)


idempotency_records = sa.Table(
    "idempotency_records",
    metadata,
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id"), primary_key=True),
    # No foreign key: the booking has one, and without an index it would make the deletion of an account slow.
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("booking_id", sa.Uuid, sa.ForeignKey("bookings.id"), nullable=False),
    sa.Column("was_waitlisted", sa.Boolean, nullable=False, server_default="false"),
)
