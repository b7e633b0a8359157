"""Add seats, waitlists, holds, payments, tickets and registrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

NEW_STATUSES = "'pending', 'confirmed', 'waitlisted', 'cancelled', 'expired', 'failed'"
OLD_STATUSES = "'confirmed', 'cancelled'"


def upgrade() -> None:
    change_events()
    change_bookings()
    make_seats()
    make_tickets()
    make_payments()
    op.drop_constraint("idempotency_keys_pkey", "idempotency_keys")
    op.create_primary_key("idempotency_keys_pkey", "idempotency_keys", ["event_id", "user_id", "key"])
    op.add_column("idempotency_keys", sa.Column("waited", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "simulated_charges",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("refunded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name="simulated_charges_pkey"),
    )


def change_events() -> None:
    op.add_column("events", sa.Column("waitlist_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("events", sa.Column("last_line_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("events", sa.Column("next_expiry", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("seats_per_row", sa.Integer()))
    op.create_check_constraint(op.f("events_waitlist_count_check"), "events", "waitlist_count >= 0")


def change_bookings() -> None:
    op.alter_column("bookings", "user_id", nullable=True)
    op.add_column("bookings", sa.Column("visitor_name", sa.Text()))
    op.add_column("bookings", sa.Column("visitor_email", sa.Text()))
    op.add_column("bookings", sa.Column("channel", sa.String(20), server_default="book", nullable=False))
    op.add_column("bookings", sa.Column("seats", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("bookings", sa.Column("line_number", sa.Integer()))
    op.add_column("bookings", sa.Column("expires_at", sa.DateTime(timezone=True)))
    op.add_column("bookings", sa.Column("paying", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint("bookings_status_check", "bookings")
    for name, rule in (
        ("status", f"status IN ({NEW_STATUSES})"),
        ("channel", "channel IN ('book', 'purchase', 'register')"),
        ("owner", "(user_id IS NULL) = (visitor_email IS NOT NULL)"),
        ("line_number", "(line_number IS NOT NULL) = (status = 'waitlisted')"),
        ("expires_at", "(expires_at IS NOT NULL) = (status = 'pending')"),
    ):
        op.create_check_constraint(op.f(f"bookings_{name}_check"), "bookings", rule)
    op.create_index(
        "bookings_line_key",
        "bookings",
        ["event_id", "line_number"],
        unique=True,
        postgresql_where=sa.text("status = 'waitlisted'"),
    )
    op.create_index(
        "bookings_due_idx",
        "bookings",
        ["event_id", "expires_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "bookings_purchase_key",
        "bookings",
        ["event_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("channel = 'purchase' AND status IN ('pending', 'confirmed')"),
    )
    op.create_index(
        "bookings_registration_key",
        "bookings",
        ["event_id", "visitor_email"],
        unique=True,
        postgresql_where=sa.text("channel = 'register' AND status IN ('pending', 'confirmed', 'waitlisted')"),
    )


def make_seats() -> None:
    op.create_table(
        "seats",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("row_label", sa.Text(), nullable=False),
        sa.Column("col_number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("event_id", "number", name="seats_pkey"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="seats_event_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="seats_booking_id_fkey"),
        sa.UniqueConstraint("id", name="seats_id_key"),
        sa.UniqueConstraint("event_id", "label", name="seats_event_id_label_key"),
    )
    op.create_index("seats_booking_id_idx", "seats", ["booking_id"], postgresql_where=sa.text("booking_id IS NOT NULL"))
    op.create_index("seats_free_idx", "seats", ["event_id", "number"], postgresql_where=sa.text("booking_id IS NULL"))


def make_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_void", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="tickets_pkey"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="tickets_booking_id_fkey"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="tickets_event_id_fkey"),
        sa.UniqueConstraint("event_id", "code", name="tickets_event_id_code_key"),
    )
    op.create_index("tickets_booking_id_idx", "tickets", ["booking_id"])
    # Issue tickets for places that were booked before there were tickets.
    op.execute("""
        INSERT INTO tickets (id, booking_id, event_id, code)
        SELECT gen_random_uuid(), id, event_id, left(translate(encode(
            uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '+/=', '-_'), 22)
        FROM bookings, generate_series(1, quantity) WHERE status = 'confirmed'
    """)


def make_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="payments_pkey"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="payments_booking_id_fkey"),
        sa.CheckConstraint("amount > 0", name=op.f("payments_amount_check")),
        sa.CheckConstraint(
            "status IN ('open', 'captured', 'declined', 'void', 'refund_due', 'refunded')",
            name=op.f("payments_status_check"),
        ),
    )
    op.create_index("payments_booking_id_idx", "payments", ["booking_id"])
    op.create_index(
        "payments_unsettled_idx",
        "payments",
        ["updated_at"],
        postgresql_where=sa.text("status IN ('open', 'refund_due')"),
    )
    for status in ("open", "captured"):
        op.create_index(
            f"payments_{status}_key",
            "payments",
            ["booking_id"],
            unique=True,
            postgresql_where=sa.text(f"status = '{status}'"),
        )


def downgrade() -> None:
    """Bookings that only the newer schema can represent are lost."""
    for table in ("simulated_charges", "payments", "tickets", "seats"):
        op.drop_table(table)
    op.drop_constraint("idempotency_keys_pkey", "idempotency_keys")
    op.create_primary_key("idempotency_keys_pkey", "idempotency_keys", ["user_id", "event_id", "key"])
    op.drop_column("idempotency_keys", "waited")
    gone = f"SELECT id FROM bookings WHERE user_id IS NULL OR status NOT IN ({OLD_STATUSES})"  # noqa: S608
    op.execute(f"DELETE FROM idempotency_keys WHERE booking_id IN ({gone})")  # noqa: S608
    op.execute(f"DELETE FROM bookings WHERE id IN ({gone})")  # noqa: S608
    for index in ("line_key", "due_idx", "purchase_key", "registration_key"):
        op.drop_index(f"bookings_{index}", "bookings")
    for check in ("status", "channel", "owner", "line_number", "expires_at"):
        op.drop_constraint(f"bookings_{check}_check", "bookings")
    for column in ("visitor_name", "visitor_email", "channel", "seats", "line_number", "expires_at", "paying"):
        op.drop_column("bookings", column)
    op.create_check_constraint(op.f("bookings_status_check"), "bookings", f"status IN ({OLD_STATUSES})")
    op.alter_column("bookings", "user_id", nullable=False)
    for column in ("waitlist_count", "last_line_number", "next_expiry", "seats_per_row"):
        op.drop_column("events", column)
