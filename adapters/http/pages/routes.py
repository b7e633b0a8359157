"""The routes of all pages."""

from __future__ import annotations

from adapters.http.pages.accounts import signing_in
from adapters.http.pages.booking import cancelling, offline, paying, placing, seats, tickets
from adapters.http.pages.booking import showing as bookings
from adapters.http.pages.shared import assets

ROUTES = [
    *assets.ROUTES,
    *signing_in.ROUTES,
    *placing.ROUTES,
    *seats.ROUTES,
    *bookings.ROUTES,
    *paying.ROUTES,
    *cancelling.ROUTES,
    *tickets.ROUTES,
    *offline.ROUTES,
]
