"""The tables that all slices write to: the audit log and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from adapters.postgres.shared.metadata import Moment, metadata, one_of
from core.shared.messages import MessageStatus

audit_log = sa.Table(
    "audit_log",
    metadata,
    # No foreign keys: entries outlive the users they are about.
    sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Uuid),
    sa.Column("facts", postgresql.JSONB, nullable=False),
    sa.Index("audit_log_at_idx", "at", "id"),
    # Whoever reads the log looks for what is rare in it: failed logins fill most of it.
    sa.Index("audit_log_action_idx", "action", "at", "id"),
    sa.Index("audit_log_actor_id_idx", "actor_id", "at", "id", postgresql_where=sa.text("actor_id IS NOT NULL")),
    sa.Index("audit_log_target_idx", "target", "at", "id", postgresql_where=sa.text("target IS NOT NULL")),
)


outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("webhook_id", sa.Uuid, sa.ForeignKey("webhooks.id", ondelete="CASCADE")),
    sa.Column("payload", postgresql.JSONB, nullable=False),
    sa.Column("secret", sa.Text),
    sa.Column("about", sa.Uuid),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("status", one_of(MessageStatus, "status"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("response_status", sa.Integer),
    sa.Column("sent_at", Moment),
    sa.Column("read_at", Moment),
    sa.Column(
        "is_bulk",
        sa.Boolean,
        sa.Computed("split_part(topic, '.', 1) IN ('alert', 'event')", persisted=True),
        nullable=False,
    ),
    sa.CheckConstraint("num_nonnulls(email, webhook_id) = 1", name="receiver"),
    sa.CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", name="sent_at"),
    sa.CheckConstraint("status <> 'sent' OR secret IS NULL", name="secret"),
    # Separate for people and webhooks, so that messages to an unreachable webhook do not delay any others.
    sa.Index(
        "outbox_due_idx",
        "is_bulk",
        "due_at",
        "id",
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NULL"),
    ),
    sa.Index(
        "outbox_webhook_due_idx",
        "webhook_id",
        "due_at",
        "id",
        postgresql_where=sa.text("status = 'waiting' AND webhook_id IS NOT NULL"),
    ),
    sa.Index("outbox_webhook_idx", "webhook_id", "id", postgresql_where=sa.text("webhook_id IS NOT NULL")),
    # Contains few rows, and none that is being delivered, so it does not slow deliveries down.
    sa.Index("outbox_dead_idx", "id", postgresql_where=sa.text("status = 'dead'")),
    sa.Index("outbox_inbox_idx", "user_id", "id"),
    # For what somebody who deletes their account got without it, and what others got about their bookings.
    sa.Index("outbox_address_idx", "email", postgresql_where=sa.text("user_id IS NULL AND webhook_id IS NULL")),
    sa.Index(
        "outbox_delivery_booking_idx",
        sa.text("(payload #>> '{booking,id}')"),
        postgresql_where=sa.text("webhook_id IS NOT NULL"),
    ),
    sa.Index("outbox_topic_idx", "topic", "id"),
    sa.Index("outbox_about_idx", "about", postgresql_where=sa.text("status = 'waiting' AND about IS NOT NULL")),
)
