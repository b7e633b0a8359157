"""The routes of the pages of members."""

from __future__ import annotations

from adapters.http.pages.me import bookings, inbox, my_data, overview, profile, sessions, subscriptions

ROUTES = [
    *overview.ROUTES,
    *bookings.ROUTES,
    *inbox.ROUTES,
    *subscriptions.ROUTES,
    *profile.ROUTES,
    *sessions.ROUTES,
    *my_data.ROUTES,
]
