"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import routes as accounts
from adapters.http.pages.admin import routes as admin
from adapters.http.pages.booking import routes as booking
from adapters.http.pages.desk import routes as desk
from adapters.http.pages.me import routes as me
from adapters.http.pages.shared import assets

ROUTES = [
    *assets.ROUTES,
    *accounts.ROUTES,
    *admin.ROUTES,
    *booking.ROUTES,
    *desk.ROUTES,
    *me.ROUTES,
]
