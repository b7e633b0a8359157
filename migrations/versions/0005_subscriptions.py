"""Add alert subscriptions, their matches and the alerts that were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("frequency", sa.String(20), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("confirm_hash", sa.Text()),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("next_digest_at", sa.DateTime(timezone=True)),
        sa.Column("text", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("radius_km", sa.Double()),
        sa.Column("price_max", sa.Numeric()),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("lower_category", sa.Text()),
        sa.Column("folded_city", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="subscriptions_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="subscriptions_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint("frequency IN ('instant', 'daily', 'weekly')", name=op.f("subscriptions_frequency_check")),
        sa.CheckConstraint(
            "num_nonnulls(latitude, longitude, radius_km) IN (0, 3)", name=op.f("subscriptions_near_check")
        ),
        sa.CheckConstraint(
            "num_nonnulls(text, category, city, radius_km, price_max) > 0", name=op.f("subscriptions_search_check")
        ),
        sa.CheckConstraint(
            "confirmed_at IS NOT NULL OR confirm_hash IS NOT NULL", name=op.f("subscriptions_confirmed_at_check")
        ),
        sa.CheckConstraint(
            "(next_digest_at IS NOT NULL) = (confirmed_at IS NOT NULL AND frequency <> 'instant')",
            name=op.f("subscriptions_next_digest_at_check"),
        ),
    )
    op.create_index("subscriptions_user_id_idx", "subscriptions", ["user_id"])
    op.create_index("subscriptions_key_idx", "subscriptions", ["key"])
    op.create_index(
        "subscriptions_wish_key", "subscriptions", ["email", "search_key", "frequency", "timezone"], unique=True
    )
    op.create_index(
        "subscriptions_term_idx", "subscriptions", ["term"], postgresql_where=sa.text("confirmed_at IS NOT NULL")
    )
    op.create_index(
        "subscriptions_one_for_each_search_key",
        "subscriptions",
        ["email", "search_key"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_index(
        "subscriptions_due_idx",
        "subscriptions",
        ["next_digest_at"],
        postgresql_where=sa.text("next_digest_at IS NOT NULL"),
    )
    op.create_table(
        "alert_matches",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "event_id", name="alert_matches_pkey"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name="alert_matches_subscription_id_fkey",
            ondelete="CASCADE",
        ),
    )
    op.create_index("alert_matches_event_id_idx", "alert_matches", ["event_id"])
    op.create_table(
        "alert_tellings",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("venue", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("email", "event_id", name="alert_tellings_pkey"),
    )
    op.create_index("alert_tellings_event_id_idx", "alert_tellings", ["event_id"])


def downgrade() -> None:
    op.drop_table("alert_tellings")
    op.drop_table("alert_matches")
    op.drop_table("subscriptions")
