"""The events of an organizer, and the tickets of an event that were used last, are read in order from an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # It begins with the organizer, too, so that the index on the organizer alone is not needed any more.
    op.create_index("events_by_organizer_idx", "events", ["organizer_id", "has_ended", "start_time", "id"])
    op.drop_index("events_organizer_id_idx", "events")
    op.create_index(
        "tickets_last_checked_in_idx",
        "tickets",
        ["event_id", "checked_in_at", "id"],
        postgresql_where=sa.text("checked_in_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("tickets_last_checked_in_idx", "tickets")
    op.create_index("events_organizer_id_idx", "events", ["organizer_id"])
    op.drop_index("events_by_organizer_idx", "events")
