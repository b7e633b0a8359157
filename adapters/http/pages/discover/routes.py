"""The routes of the pages on which visitors find events."""

from __future__ import annotations

from adapters.http.pages.discover import calendar, feeds, nearby, showing, speculation, subscribing

ROUTES = [
    *showing.ROUTES,
    *calendar.ROUTES,
    *nearby.ROUTES,
    *subscribing.ROUTES,
    *feeds.ROUTES,
    *speculation.ROUTES,
]
