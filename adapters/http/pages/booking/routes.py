"""The routes of the pages to book, to pay, and of bookings and tickets."""

from __future__ import annotations

from adapters.http.pages.booking import cancelling, linked, offline, paying, placing, seats, showing, tickets

ROUTES = [
    *placing.ROUTES,
    *seats.ROUTES,
    *showing.ROUTES,
    *paying.ROUTES,
    *cancelling.ROUTES,
    *tickets.ROUTES,
    *offline.ROUTES,
    *linked.ROUTES,
]
