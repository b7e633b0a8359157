"""The pictures that are shown with shared links to events, and the events that search engines should know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "share_pictures",
        sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index(
        "events_sitemap_idx",
        "events",
        ["id"],
        postgresql_where=sa.text("origin IN ('local', 'partner') AND status <> 'inactive' AND NOT has_ended"),
        postgresql_include=["updated_at", "end_time"],
    )


def downgrade() -> None:
    op.drop_index("events_sitemap_idx", "events")
    op.drop_table("share_pictures")
