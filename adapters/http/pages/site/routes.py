"""The routes of the files that search engines, previews and phones ask a site for."""

from __future__ import annotations

from adapters.http.pages.site import manifest, sitemap

ROUTES = [
    *manifest.ROUTES,
    *sitemap.ROUTES,
]
