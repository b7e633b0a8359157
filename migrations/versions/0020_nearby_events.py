"""Events are found by their distance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

LATITUDE, LONGITUDE = "radians(latitude)", "radians(longitude)"
POSITION = f"cube(cube(cube(cos({LATITUDE}) * cos({LONGITUDE})), cos({LATITUDE}) * sin({LONGITUDE})), sin({LATITUDE}))"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS cube")
    op.create_index(
        "events_position_idx",
        "events",
        [sa.text(POSITION)],
        postgresql_using="gist",
        postgresql_where=sa.text("has_ended IS FALSE AND latitude IS NOT NULL AND longitude IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("events_position_idx", "events")
    op.execute("DROP EXTENSION cube")
