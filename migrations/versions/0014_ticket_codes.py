"""Ticket codes are unique among all events, so that a ticket for another event is recognised."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    op.create_unique_constraint("tickets_code_key", "tickets", ["code"])
    op.drop_constraint("tickets_event_id_code_key", "tickets")
    op.create_index("tickets_event_id_idx", "tickets", ["event_id"])


def downgrade() -> None:
    op.drop_index("tickets_event_id_idx", "tickets")
    op.create_unique_constraint("tickets_event_id_code_key", "tickets", ["event_id", "code"])
    op.drop_constraint("tickets_code_key", "tickets")
