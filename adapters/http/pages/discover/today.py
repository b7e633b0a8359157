"""Which day it is where a search looks for events."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from adapters.http.use_cases import CatalogUseCases
from core.catalog.filters import Filter, without
from core.catalog.search import EventQuery
from core.shared.paging import PageRequest
from core.shared.timezones import zone_of

_OF_PLACES = {Filter.CITY, Filter.DISTANCE, Filter.PLACE}


async def local_today(catalog: CatalogUseCases, query: EventQuery) -> date:
    """Return the day that it is where the next event is in the places of a query; the day in UTC if there is none.

    Nothing is known of the zone that the visitor is in, and "tonight" is meant in that of the events anyway.
    """
    in_places = without(query, *(each for each in Filter if each not in _OF_PLACES))
    page = await catalog.search_events(replace(in_places, sort=None), PageRequest(limit=1))
    zone = page.items[0].event.timezone if page.items else "UTC"
    return query.now.astimezone(zone_of(zone)).date()
