"""The tables of accounts: users, their sessions and one-time links."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.postgres.shared.metadata import Moment, metadata, one_of
from core.accounts.links import LinkPurpose
from core.shared.access import Role

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", one_of(Role, "role"), nullable=False),
    sa.Column("email_verified", sa.Boolean, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    # Most accounts are active and have no role, and are in neither of these.
    sa.Index("users_role_newest_idx", "role", "id", postgresql_where=sa.text("role <> 'user'")),
    sa.Index("users_inactive_newest_idx", "id", postgresql_where=sa.text("NOT is_active")),
    # For figures.
    sa.Index("users_customers_idx", "id", postgresql_where=sa.text("role = 'user' AND is_active")),
    sa.Index("users_created_at_idx", "created_at", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
    sa.Index(
        "users_search_text_idx",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    ),
)


sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # NULL: the account was deleted. The session is kept for a while, since it says that its tokens are void.
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="SET NULL"), index=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_used_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.CheckConstraint("user_id IS NOT NULL OR revoked_at IS NOT NULL", name="revoked_at"),
    sa.Index("sessions_revoked_idx", "revoked_at", postgresql_where=sa.text("revoked_at IS NOT NULL")),
)


one_time_links = sa.Table(
    "one_time_links",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("purpose", one_of(LinkPurpose, "purpose"), nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("in_use_until", Moment),
    sa.UniqueConstraint("user_id", "purpose"),
)


organizer_requests = sa.Table(
    "organizer_requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("requested_at", Moment, nullable=False),
)
