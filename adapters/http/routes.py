"""Every route of the API but those of operation and documentation, which belong to the application itself."""

from __future__ import annotations

from adapters.http import (
    accounts,
    administration,
    alerts,
    booking,
    catalog,
    jobs,
    notifications,
    sessions,
    ticketing,
    webhooks,
)

ROUTES = [
    *accounts.ROUTES,
    *sessions.ROUTES,
    *catalog.ROUTES,
    *booking.ROUTES,
    *ticketing.ROUTES,
    *notifications.ROUTES,
    *alerts.ROUTES,
    *jobs.ROUTES,
    *webhooks.ROUTES,
    *administration.ROUTES,
]
