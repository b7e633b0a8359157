"""The routes of the page of an event, its pictures, and registration without an account."""

from __future__ import annotations

from adapters.http.pages.events import pictures, registering, showing

ROUTES = [
    *pictures.ROUTES,
    *registering.ROUTES,
    *showing.ROUTES,  # after all other pages of an event: its slug may be nearly anything
]
