"""All tables, for migrations and for tests that need every table.

Rules that must hold for every writer are constraints in the database as well as code in core.
"""

from __future__ import annotations

from adapters.postgres.accounts import tables as accounts
from adapters.postgres.administration import tables as administration
from adapters.postgres.alerts import tables as alerts
from adapters.postgres.booking import tables as booking
from adapters.postgres.catalog import tables as catalog
from adapters.postgres.discovery import tables as discovery
from adapters.postgres.media import tables as media
from adapters.postgres.shared import tables as shared
from adapters.postgres.shared.metadata import metadata
from adapters.postgres.webhooks import tables as webhooks

__all__ = [
    "accounts",
    "administration",
    "alerts",
    "booking",
    "catalog",
    "discovery",
    "media",
    "metadata",
    "shared",
    "webhooks",
]
