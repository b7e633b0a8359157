"""The table of webhooks."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.postgres.shared.metadata import Moment, TextList, metadata, one_of
from core.webhooks.model import Scope

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("topics", TextList, nullable=False),
    sa.Column("scope", one_of(Scope, "scope"), nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment),
    sa.Column("disabled_reason", sa.Text),
    # When the current lease ends. In the past: when the last one ended.
    sa.Column("leased_until", Moment),
    # How many of its last batches in a row had no response, and until when it is paused for that.
    sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paused_until", Moment),
    sa.CheckConstraint("cardinality(topics) > 0", name="topics"),
    sa.CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled"),
    sa.Index("webhooks_enabled_idx", "scope", "user_id", postgresql_where=sa.text("disabled_at IS NULL")),
)
