"""The routes of an organizer's pages."""

from __future__ import annotations

from adapters.http.pages.desk import (
    attendees,
    becoming_organizer,
    cancelling,
    check_in,
    editing,
    events,
    figures,
    images,
    seats,
    webhooks,
)

ROUTES = [
    *editing.ROUTES,
    *images.ROUTES,
    *events.ROUTES,
    *figures.ROUTES,
    *becoming_organizer.ROUTES,
    *attendees.ROUTES,
    *cancelling.ROUTES,
    *check_in.ROUTES,
    *seats.ROUTES,
    *webhooks.ROUTES,
]
