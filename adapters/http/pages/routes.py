"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import routes as accounts
from adapters.http.pages.admin import routes as admin
from adapters.http.pages.booking import routes as booking
from adapters.http.pages.desk import routes as desk
from adapters.http.pages.discover import routes as discover
from adapters.http.pages.events import routes as events
from adapters.http.pages.me import routes as me
from adapters.http.pages.shared import assets
from adapters.http.pages.site import routes as site

ROUTES = [
    *assets.ROUTES,
    *site.ROUTES,
    *discover.ROUTES,
    *accounts.ROUTES,
    *booking.ROUTES,
    *me.ROUTES,
    *desk.ROUTES,
    *admin.ROUTES,
    *events.ROUTES,  # last: the slug of an event may be nearly anything
]
