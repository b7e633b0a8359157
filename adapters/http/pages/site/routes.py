"""The routes of what search engines and browsers ask a site for."""

from __future__ import annotations

from adapters.http.pages.site import manifest, sitemap

ROUTES = [
    *manifest.ROUTES,
    *sitemap.ROUTES,
]
