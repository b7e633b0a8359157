"""Indexes that figures are counted from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index("events_figures_idx", "events", ["origin", "status", "end_time"], postgresql_include=["capacity"])
    op.create_index(
        "bookings_created_at_idx",
        "bookings",
        ["created_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32},
    )
    op.create_index(
        "bookings_cancelled_idx", "bookings", ["updated_at"], postgresql_where=sa.text("status = 'cancelled'")
    )
    op.create_index(
        "payments_revenue_idx",
        "payments",
        ["currency"],
        postgresql_where=sa.text("status = 'captured'"),
        postgresql_include=["amount"],
    )
    op.create_index("users_customers_idx", "users", ["id"], postgresql_where=sa.text("role = 'user' AND is_active"))
    op.create_index(
        "users_created_at_idx",
        "users",
        ["created_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32},
    )


def downgrade() -> None:
    op.drop_index("users_created_at_idx", "users")
    op.drop_index("users_customers_idx", "users")
    op.drop_index("payments_revenue_idx", "payments")
    op.drop_index("bookings_cancelled_idx", "bookings")
    op.drop_index("bookings_created_at_idx", "bookings")
    op.drop_index("events_figures_idx", "events")
