"""Accounts can be deleted: bookings and events stay without the person, and the audit log has no personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

OWNER = "bookings_owner_check"
SESSION_OWNER = "sessions_user_id_fkey"


def upgrade() -> None:
    op.add_column("bookings", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.drop_constraint(OWNER, "bookings")
    op.create_check_constraint(op.f(OWNER), "bookings", "num_nonnulls(user_id, visitor_email, erased_at) = 1")
    op.drop_constraint("idempotency_records_user_id_fkey", "idempotency_records")
    op.alter_column("sessions", "user_id", nullable=True)
    op.drop_constraint(SESSION_OWNER, "sessions")
    op.create_foreign_key(SESSION_OWNER, "sessions", "users", ["user_id"], ["id"], ondelete="SET NULL")
    op.create_check_constraint(
        op.f("sessions_revoked_at_check"), "sessions", "user_id IS NOT NULL OR revoked_at IS NOT NULL"
    )
    op.create_index(
        "outbox_address_idx",
        "outbox",
        ["email"],
        postgresql_where=sa.text("user_id IS NULL AND webhook_id IS NULL"),
    )
    op.create_index(
        "outbox_delivery_booking_idx",
        "outbox",
        [sa.text("(payload #>> '{booking,id}')")],
        postgresql_where=sa.text("webhook_id IS NOT NULL"),
    )
    op.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only")
    op.execute(
        """
        UPDATE audit_log SET facts = facts - 'email' - 'name'
        WHERE action IN ('login.failed', 'password.forgotten', 'user.changed')
        """
    )
    op.execute("ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only")


def downgrade() -> None:
    op.drop_index("outbox_delivery_booking_idx", "outbox")
    op.drop_index("outbox_address_idx", "outbox")
    op.execute("DELETE FROM sessions WHERE user_id IS NULL")
    op.drop_constraint("sessions_revoked_at_check", "sessions")
    op.drop_constraint(SESSION_OWNER, "sessions")
    op.create_foreign_key(SESSION_OWNER, "sessions", "users", ["user_id"], ["id"], ondelete="CASCADE")
    op.alter_column("sessions", "user_id", nullable=False)
    op.create_foreign_key("idempotency_records_user_id_fkey", "idempotency_records", "users", ["user_id"], ["id"])
    op.execute(
        """
        UPDATE bookings SET visitor_name = 'Deleted account', visitor_email = id || '@deleted.invalid',
            visitor_search_text = 'deleted account' WHERE erased_at IS NOT NULL
        """
    )
    op.drop_constraint(OWNER, "bookings")
    op.create_check_constraint(op.f(OWNER), "bookings", "(user_id IS NULL) = (visitor_email IS NOT NULL)")
    op.drop_column("bookings", "erased_at")
