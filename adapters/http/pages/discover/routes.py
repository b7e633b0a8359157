"""The routes of the pages on which visitors find events."""

from __future__ import annotations

from adapters.http.pages.discover import calendar, nearby, showing, speculation

ROUTES = [
    *showing.ROUTES,
    *calendar.ROUTES,
    *nearby.ROUTES,
    *speculation.ROUTES,
]
