"""Hash the ids of listings that are too long for an index row, as new ones are."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        "UPDATE event_sources SET source_id = 'sha256:' || encode(sha256(convert_to(source_id, 'UTF8')), 'hex')"
        " WHERE length(source_id) > 200"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE event_sources SET source_id = reported ->> 'source_id'"
        " WHERE source_id LIKE 'sha256:%' AND length(reported ->> 'source_id') BETWEEN 201 AND 2000"
    )
