"""Every list, and every scan of the workers, has an index that leads to what is rare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

WAITING_OR_ENDED = "status IN ('waitlisted', 'cancelled', 'failed')"
UNPAID = "status IN ('pending', 'expired')"
REGISTERED = "channel = 'register'"
INDEXES = [
    ("bookings_status_newest_idx", "bookings", ["status", "id"], WAITING_OR_ENDED),
    ("bookings_unpaid_newest_idx", "bookings", ["id"], UNPAID),
    ("bookings_event_status_newest_idx", "bookings", ["event_id", "status", "id"], WAITING_OR_ENDED),
    ("bookings_event_unpaid_newest_idx", "bookings", ["event_id", "id"], UNPAID),
    ("bookings_registered_newest_idx", "bookings", ["id"], REGISTERED),
    ("bookings_event_registered_newest_idx", "bookings", ["event_id", "id"], REGISTERED),
    ("tickets_checked_in_idx", "tickets", ["event_id", "booking_id"], "checked_in_at IS NOT NULL"),
    ("users_role_newest_idx", "users", ["role", "id"], "role <> 'user'"),
    ("users_inactive_newest_idx", "users", ["id"], "NOT is_active"),
    ("events_expiring_idx", "events", ["next_expiry"], "next_expiry IS NOT NULL"),
    ("audit_log_action_idx", "audit_log", ["action", "at", "id"], None),
    ("audit_log_actor_id_idx", "audit_log", ["actor_id", "at", "id"], "actor_id IS NOT NULL"),
    ("audit_log_target_idx", "audit_log", ["target", "at", "id"], "target IS NOT NULL"),
    ("outbox_topic_idx", "outbox", ["topic", "id"], None),
]


def upgrade() -> None:
    for name, table, columns, condition in INDEXES:
        op.create_index(name, table, columns, postgresql_where=None if condition is None else sa.text(condition))
    op.create_index(
        "users_search_text_idx",
        "users",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    # The status of a booking depends on its event: of one that was cancelled, all are. Without knowing how many there
    # are of each status in the events with the most bookings, PostgreSQL takes the wrong one of the indexes.
    op.execute("CREATE STATISTICS bookings_event_id_status_stat (mcv) ON event_id, status FROM bookings")


def downgrade() -> None:
    op.execute("DROP STATISTICS bookings_event_id_status_stat")
    op.drop_index("users_search_text_idx", "users")
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
