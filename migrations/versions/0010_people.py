"""Find the bookings of an event by age, those of a visitor by address, and the unsent messages about a booking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("bookings_event_id_newest_idx", "bookings", ["event_id", sa.text("id DESC")])
    op.drop_index("bookings_event_id_idx", "bookings")
    op.create_index(
        "bookings_visitor_email_idx",
        "bookings",
        ["visitor_email"],
        postgresql_where=sa.text("visitor_email IS NOT NULL"),
    )
    op.add_column("outbox", sa.Column("about", sa.Uuid))
    op.create_index(
        "outbox_about_idx", "outbox", ["about"], postgresql_where=sa.text("status = 'waiting' AND about IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("outbox_about_idx", "outbox")
    op.drop_column("outbox", "about")
    op.drop_index("bookings_visitor_email_idx", "bookings")
    op.create_index("bookings_event_id_idx", "bookings", ["event_id"])
    op.drop_index("bookings_event_id_newest_idx", "bookings")
