"""Find tickets by codes as people type them, whatever the event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("tickets_folded_code_idx", "tickets", [sa.text("lower(translate(code, '-_', ''))")])


def downgrade() -> None:
    op.drop_index("tickets_folded_code_idx", "tickets")
