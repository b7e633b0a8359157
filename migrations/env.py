"""Alembic's entry point: runs the revisions on the connection from `adapters.postgres.shared.migrations`."""

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
