"""The images of events, and the files of them in the storage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("alt", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("thumbnails", JSONB, nullable=False),
        sa.UniqueConstraint(
            "event_id", "position", name="images_event_id_position_key", deferrable=True, initially="DEFERRED"
        ),
        sa.CheckConstraint("position >= 0 AND position < 20", name="position"),
        sa.CheckConstraint("width > 0 AND height > 0", name="size"),
    )
    op.create_table(
        "stored_files",
        sa.Column("name", sa.Text(collation="C"), primary_key=True),
        sa.Column("image_id", sa.Uuid, sa.ForeignKey("images.id", ondelete="SET NULL")),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_abandoned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.CheckConstraint("NOT (is_abandoned AND image_id IS NOT NULL)", name="is_abandoned"),
    )
    op.create_index("stored_files_image_id_idx", "stored_files", ["image_id"])
    op.create_index(
        "stored_files_unused_idx",
        "stored_files",
        ["reserved_until"],
        postgresql_where=sa.text("image_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("stored_files")
    op.drop_table("images")
