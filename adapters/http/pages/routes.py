"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import signing_in
from adapters.http.pages.events import pictures, registering, showing
from adapters.http.pages.shared import assets
from adapters.http.pages.site import manifest, sitemap

ROUTES = [
    *assets.ROUTES,
    *signing_in.ROUTES,
    *manifest.ROUTES,
    *sitemap.ROUTES,
    *pictures.ROUTES,
    *registering.ROUTES,
    *showing.ROUTES,  # after all other pages of an event: its slug may be nearly anything
]
