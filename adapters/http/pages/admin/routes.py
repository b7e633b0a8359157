"""The routes of the admins' pages."""

from __future__ import annotations

from adapters.http.pages.admin import bulk_pages, dashboard, event_pages, operation_pages, people_pages
from adapters.http.pages.admin.lists import LISTS

ROUTES = [
    *dashboard.ROUTES,
    *(route for each in LISTS for route in each.routes()),
    *people_pages.ROUTES,
    *event_pages.ROUTES,
    *operation_pages.ROUTES,
    *bulk_pages.ROUTES,
]
