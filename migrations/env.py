"""Alembic's entry: runs the revisions on the connection that `adapters.postgres.shared.migrations` hands over."""

from __future__ import annotations

from alembic import context

from adapters.payments import ledger
from adapters.postgres.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[metadata, ledger.metadata],
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
