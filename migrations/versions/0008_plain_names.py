"""Rename columns, tables and functions to the names used in the code, such as waitlist numbers and sent alerts."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = (
    ("bookings", "line_number", "waitlist_number"),
    ("events", "last_line_number", "last_waitlist_number"),
    ("event_sources", "told", "reported"),
    ("idempotency_keys", "waited", "was_waitlisted"),
    ("alert_tellings", "place", "location"),
    ("subscriptions", "asked_at", "confirmation_sent_at"),
    ("webhooks", "served_until", "leased_until"),
    ("webhooks", "rests_until", "paused_until"),
)
TABLES = (("idempotency_keys", "idempotency_records"), ("alert_tellings", "sent_alerts"))
INDEXES = (
    ("bookings_line_key", "bookings_waitlist_key"),
    ("alert_tellings_event_id_idx", "sent_alerts_event_id_idx"),
    ("subscriptions_wish_key", "subscriptions_request_key"),
    ("subscriptions_one_for_each_search_key", "subscriptions_confirmed_search_key"),
    ("webhooks_listening_idx", "webhooks_enabled_idx"),
)
FUNCTIONS = (
    ("joined", "join_words"),
    ("tell_of_revocation", "notify_session_revoked"),
    ("refuse_to_change_the_past", "forbid_audit_log_changes"),
)
# After the tables have their new names.
CONSTRAINTS = (
    ("bookings", "bookings_line_number_check", "bookings_waitlist_number_check"),
    ("idempotency_records", "idempotency_keys_pkey", "idempotency_records_pkey"),
    ("idempotency_records", "idempotency_keys_user_id_fkey", "idempotency_records_user_id_fkey"),
    ("idempotency_records", "idempotency_keys_event_id_fkey", "idempotency_records_event_id_fkey"),
    ("idempotency_records", "idempotency_keys_booking_id_fkey", "idempotency_records_booking_id_fkey"),
    ("sent_alerts", "alert_tellings_pkey", "sent_alerts_pkey"),
)


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new in TABLES:
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for old, new in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {old} RENAME TO {new}")


def downgrade() -> None:
    for old, new in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {new} RENAME TO {old}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
    for old, new in TABLES:
        op.execute(f"ALTER TABLE {new} RENAME TO {old}")
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
