"""Close waitlists at the registration deadline, and end holds with the start of the event.

Parties that became larger than their event are taken off the waitlist and told so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index(
        "events_waitlist_to_close_idx",
        "events",
        ["registration_deadline"],
        postgresql_where=sa.text("waitlist_count > 0"),
    )
    op.execute(
        """
        UPDATE bookings SET expires_at = events.start_time FROM events
        WHERE events.id = bookings.event_id AND bookings.status = 'pending' AND bookings.expires_at > events.start_time
        """
    )
    op.execute(
        """
        UPDATE events SET next_expiry = (
            SELECT min(expires_at) FROM bookings
            WHERE event_id = events.id AND bookings.status = 'pending' AND NOT paying
        ) WHERE next_expiry > start_time
        """
    )
    op.execute(
        """
        WITH ended AS (
            UPDATE bookings SET status = 'cancelled', waitlist_number = NULL, updated_at = now() FROM events
            WHERE events.id = bookings.event_id AND bookings.status = 'waitlisted'
                AND bookings.quantity > events.capacity
            RETURNING bookings.id, bookings.event_id
        ), by_event AS (
            SELECT event_id, array_agg(id ORDER BY id) AS ids FROM ended GROUP BY event_id
        ), counted AS (
            UPDATE events SET waitlist_count = waitlist_count - cardinality(ids) FROM by_event WHERE id = event_id
        )
        INSERT INTO booking_notices (topic, event_id, booking_ids, facts)
        SELECT 'booking.too-large', event_id, ids, '{}' FROM by_event
        """
    )


def downgrade() -> None:
    op.drop_index("events_waitlist_to_close_idx", "events")
