"""The images of events, and the files in the storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.shared.metadata import Moment, metadata
from core.shared.images import Picture, Thumbnail

images = sa.Table(
    "images",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("alt", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    # Names, widths and heights by kind: {"card": ["….webp", 640, 360], …}
    sa.Column("thumbnails", JSONB, nullable=False),
    # Deferred, since images of one event may exchange their positions. It is also the index of its images.
    sa.UniqueConstraint(
        "event_id", "position", name="images_event_id_position_key", deferrable=True, initially="DEFERRED"
    ),
    sa.CheckConstraint("position >= 0 AND position < 20", name="position"),
    sa.CheckConstraint("width > 0 AND height > 0", name="size"),
)

# Whatever deletes an image, also the deletion of its event, leaves its files here without an image. That is how a
# worker finds what to delete from the storage.
stored_files = sa.Table(
    "stored_files",
    metadata,
    sa.Column("name", sa.Text(collation="C"), primary_key=True),
    sa.Column("image_id", sa.Uuid, sa.ForeignKey("images.id", ondelete="SET NULL"), index=True),
    sa.Column("reserved_until", Moment, nullable=False),
    sa.Column("is_abandoned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("NOT (is_abandoned AND image_id IS NOT NULL)", name="is_abandoned"),
    sa.Index("stored_files_unused_idx", "reserved_until", postgresql_where=sa.text("image_id IS NULL")),
)


def pictures_of(thumbnails: Mapping[str, Sequence[Any]]) -> dict[Thumbnail, Picture]:
    """Return thumbnails as they are stored in JSON."""
    return {Thumbnail(kind): Picture(*stored) for kind, stored in thumbnails.items()}
