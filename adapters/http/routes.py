"""All routes of the API. `app` adds those for operation, documentation and pages."""

from __future__ import annotations

from adapters.http.api.accounts import administration, organizers, sessions
from adapters.http.api.accounts import handlers as accounts
from adapters.http.api.alerts import handlers as alerts
from adapters.http.api.analytics import handlers as analytics
from adapters.http.api.booking import handlers as booking
from adapters.http.api.booking import seats, tickets
from adapters.http.api.catalog import areas
from adapters.http.api.catalog import handlers as catalog
from adapters.http.api.jobs import handlers as jobs
from adapters.http.api.media import handlers as media
from adapters.http.api.media import serving
from adapters.http.api.notifications import handlers as notifications
from adapters.http.api.personal_data import handlers as personal_data
from adapters.http.api.webhooks import handlers as webhooks

ROUTES = [
    *accounts.ROUTES,
    *sessions.ROUTES,
    *personal_data.ROUTES,
    *alerts.ROUTES,
    *booking.ROUTES,
    *tickets.ROUTES,
    *seats.ROUTES,
    *areas.ROUTES,
    *catalog.ROUTES,
    *media.ROUTES,
    *serving.ROUTES,
    *analytics.ROUTES,
    *jobs.ROUTES,
    *notifications.ROUTES,
    *webhooks.ROUTES,
    *administration.ROUTES,
    *organizers.ROUTES,
]
