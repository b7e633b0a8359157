"""A search as the address of a page says it: what is searched for, in words, and the addresses of similar searches.

Pages take the parameters of `GET /api/events`, and `when` for days that are seen from today. They leave out what they
don't understand, such as the parameters that other sites add to links.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import web
from marshmallow import fields
from multidict import MultiMapping

from adapters.http.api.catalog.queries import EventFilters, EventQueryIn
from adapters.http.middleware.validation import Sent, load_values
from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.queries import read_query
from core.alerts.search import SavedSearch
from core.catalog.days import When, days_of
from core.catalog.filters import Filter
from core.catalog.search import EventQuery, SortKey
from core.shared.paging import PageRequest
from core.shared.text import fold_text, name_key

PAGE_SIZE = 24
MAX_PAGE = 400

PARAMETERS: Mapping[Filter, tuple[str, ...]] = {
    Filter.TEXT: ("q", "name"),
    Filter.DATES: ("when", "date", "starts_after", "starts_before"),
    Filter.CATEGORY: ("category",),
    Filter.TAG: ("tag",),
    Filter.CITY: ("city",),
    Filter.DISTANCE: ("near", "radius_km"),
    Filter.PRICE: ("free", "price_min", "price_max"),
    Filter.BOOKABLE: ("bookable",),
    Filter.PLACE: ("venue", "area_id"),
    Filter.ORIGIN: ("origin",),
    Filter.ORGANIZER: ("organizer_id",),
}
"""The parameters of each filter, in the order in which addresses have them."""
_NAMES = (*(name for names in PARAMETERS.values() for name in names), "sort")
_ALIASES = {"search": "q"}
_DAYS = {"date", "starts_after", "starts_before"}
_CIRCLE = {"near", "radius_km"}


@dataclass(frozen=True, slots=True)
class PageSearch:
    """What the address of a page asks for.

    `params` are its parameters, but for the number of the page, in the order of `PARAMETERS`; `ignored` are the names
    of those whose value makes no sense.
    """

    params: tuple[tuple[str, str], ...] = ()
    filters: EventFilters | None = None
    when: When | None = None
    page: int = 1
    ignored: tuple[str, ...] = ()

    def query(self, now: datetime, today: date | None = None) -> EventQuery:
        """Return the query. `today` is the day from which `when` is seen; without it the query has no such days."""
        query = EventQuery(now=now, **(self.filters or {}))
        if self.when is None or today is None:
            return query
        first, last = days_of(self.when, today)
        return replace(query, first_day=first, last_day=last)

    @property
    def page_request(self) -> PageRequest:
        return PageRequest(limit=PAGE_SIZE, offset=(self.page - 1) * PAGE_SIZE)

    def get(self, name: str) -> str:
        """Return the first value of a parameter; an empty text if it is not sent."""
        return next((value for each, value in self.params if each == name), "")

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.params if each == name]

    def has(self, name: str, value: str) -> bool:
        """Return whether a parameter has this value, compared as names are."""
        return name_key(value) in map(name_key, self.all(name))

    def is_city(self, city: str) -> bool:
        """Return whether this city is one that is searched for, by a part of its name."""
        return any(fold_text(part) in fold_text(city) for part in self.all("city"))

    @property
    def used(self) -> list[Filter]:
        """The filters that are set."""
        sent = {name for name, _ in self.params}
        return [each for each, names in PARAMETERS.items() if not sent.isdisjoint(names)]

    @property
    def is_by_day(self) -> bool:
        """Whether the events are in the order of their days: unless another order is asked for, or a text."""
        order = (self.filters or {}).get("sort")
        return not self.get("q") if order is None else order.key is SortKey.START_TIME

    def without(self, *filters: Filter) -> PageSearch:
        """Return the search without some filters, on its first page."""
        dropped = {name for each in filters for name in PARAMETERS[each]}
        return self._with_params((name, value) for name, value in self.params if name not in dropped)

    def with_param(self, name: str, *values: str) -> PageSearch:
        """Return the search with other values of a parameter, on its first page."""
        return self._with_params(
            [*(each for each in self.params if each[0] != name), *((name, each) for each in values)]
        )

    def with_filters(self, filters: EventFilters) -> PageSearch:
        """Return the search with the values of its parameters."""
        return replace(self, filters=filters)

    def toggled(self, name: str, value: str) -> PageSearch:
        """Return the search with this value of a parameter, or without the parameter if it has it."""
        dates = self.without(Filter.DATES) if name == "when" else self
        return dates.with_param(name) if self.has(name, value) else dates.with_param(name, value)

    def url(self, path: str = "/", page: int = 1) -> str:
        """Return the address of a page that shows this search."""
        params = [*self.params, *([("page", str(page))] if page > 1 else [])]
        return f"{path}?{urlencode(params)}" if params else path

    def saved(self) -> SavedSearch:
        """Return what can be subscribed to of this search; the days, for example, can't."""
        filters = self.filters or {}
        price_max = Decimal(0) if filters.get("free") else filters.get("price_max")
        return SavedSearch(
            text=filters.get("text"),
            category=next(iter(filters.get("category", ())), None),
            city=next(iter(filters.get("city", ())), None),
            near=filters.get("near"),
            price_max=price_max,
        )

    def _with_params(self, params: Iterable[tuple[str, str]]) -> PageSearch:
        return PageSearch(tuple(sorted(params, key=lambda each: _NAMES.index(each[0]))))


def read_search(request: web.Request, **fixed: str) -> PageSearch:
    """Return the search of a request; `fixed` are parameters that its path says."""
    schema = EventQueryIn()
    read, _ = read_query(request.query, schema)  # without what is unknown, or repeated where it must not be
    named = {_ALIASES.get(name, name): value for name, value in read.items()}
    named |= {
        name: [text] if isinstance(schema.load_fields[name], fields.List) else text for name, text in fixed.items()
    }
    sent = {name: value for name, value in named.items() if name in _NAMES}
    found, ignored = _load(request, schema, sent)
    when = None if found.sent.keys() & _DAYS else _read_when(request.query)
    params = [*_flatten(found.sent), *([("when", when.value)] if when else [])]
    return replace(
        PageSearch()._with_params(params),
        filters=found.filters,
        when=when,
        page=_read_page(request.query),
        ignored=tuple(sorted(ignored)),
    )


class _Found(NamedTuple):
    sent: Mapping[str, Any]
    filters: EventFilters


def _load(request: web.Request, schema: EventQueryIn, sent: Mapping[str, Any]) -> tuple[_Found, set[str]]:
    """Return the parameters that make sense with their values, and the names of the others."""
    ignored: set[str] = set()
    while True:
        checked = Sent(sent, find_forbidden_characters(sent, schema), {})
        loaded, errors = load_values(request, schema, checked, whole="query", unknown="exclude")
        if loaded is not None:
            return _Found(sent, loaded.filter), ignored
        wrong = {name.partition(".")[0] for name in errors}
        if wrong & _CIRCLE:
            wrong |= _CIRCLE
        ignored |= wrong & sent.keys() or sent.keys()
        sent = {name: value for name, value in sent.items() if name not in ignored}


def _flatten(sent: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in sent.items():
        yield from ((name, text) for text in ([value] if isinstance(value, str) else value))


def _read_when(query: MultiMapping[str]) -> When | None:
    try:
        return When(query.get("when", ""))
    except ValueError:
        return None


def _read_page(query: MultiMapping[str]) -> int:
    text = query.get("page", "")
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 5 else 1
