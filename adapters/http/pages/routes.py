"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import signing_in
from adapters.http.pages.admin import routes as admin
from adapters.http.pages.shared import assets

ROUTES = [
    *assets.ROUTES,
    *signing_in.ROUTES,
    *admin.ROUTES,
]
