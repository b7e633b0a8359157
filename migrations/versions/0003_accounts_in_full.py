"""Add immediate revocation of sessions, one-time links, the audit log and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

# However a session is revoked, every process is notified when that is committed.
TELL = """
    CREATE FUNCTION tell_of_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('session_revoked', NEW.id::text);
        RETURN NULL;
    END $$
"""
TELL_OF_REVOCATIONS = """
    CREATE TRIGGER sessions_revoked AFTER UPDATE OF revoked_at ON sessions
        FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
        EXECUTE FUNCTION tell_of_revocation()
"""
REFUSE = """
    CREATE FUNCTION refuse_to_change_the_past() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log can only be added to' USING ERRCODE = 'insufficient_privilege';
    END $$
"""
APPEND_ONLY = """
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_past()
"""


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("last_used_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE sessions SET last_used_at = created_at")
    op.alter_column("sessions", "last_used_at", nullable=False)
    op.create_index(
        "sessions_revoked_idx", "sessions", ["revoked_at"], postgresql_where=sa.text("revoked_at IS NOT NULL")
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="one_time_links_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="one_time_links_user_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "purpose", name="one_time_links_user_id_purpose_key"),
        sa.CheckConstraint("purpose IN ('reset-password', 'verify-email')", name=op.f("one_time_links_purpose_check")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Uuid()),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_log_pkey"),
    )
    op.create_index("audit_log_at_idx", "audit_log", ["at", "id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="outbox_user_id_fkey", ondelete="SET NULL"),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'dead')", name=op.f("outbox_status_check")),
        sa.CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", name=op.f("outbox_sent_at_check")),
        sa.CheckConstraint("status <> 'sent' OR secret IS NULL", name=op.f("outbox_secret_check")),
    )
    op.create_index("outbox_due_idx", "outbox", ["due_at", "id"], postgresql_where=sa.text("status = 'waiting'"))
    op.create_index("outbox_inbox_idx", "outbox", ["user_id", "id"])
    for statement in (TELL, TELL_OF_REVOCATIONS, REFUSE, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("audit_log")
    op.drop_table("one_time_links")
    op.execute("DROP TRIGGER sessions_revoked ON sessions")
    op.execute("DROP FUNCTION tell_of_revocation, refuse_to_change_the_past")
    op.drop_index("sessions_revoked_idx", "sessions")
    op.drop_column("sessions", "last_used_at")
    op.drop_column("sessions", "device")
