"""The routes of the pages of events, and of their pictures and calendar files."""

from __future__ import annotations

from adapters.http.pages.events import pictures, registering, showing

ROUTES = [
    *pictures.ROUTES,
    *registering.ROUTES,
    *showing.ROUTES,
]
