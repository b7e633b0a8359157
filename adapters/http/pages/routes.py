"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import passwords, signing_in, subscription_links, verification
from adapters.http.pages.admin import routes as admin
from adapters.http.pages.desk import routes as desk
from adapters.http.pages.me import bookings, inbox, my_data, overview, profile, sessions, subscriptions
from adapters.http.pages.shared import assets

ROUTES = [
    *assets.ROUTES,
    *signing_in.ROUTES,
    *passwords.ROUTES,
    *verification.ROUTES,
    *subscription_links.ROUTES,
    *overview.ROUTES,
    *bookings.ROUTES,
    *inbox.ROUTES,
    *subscriptions.ROUTES,
    *profile.ROUTES,
    *sessions.ROUTES,
    *my_data.ROUTES,
    *desk.ROUTES,
    *admin.ROUTES,
]
