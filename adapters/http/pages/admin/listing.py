"""A page of a list as its template shows it: rows, chips, sortable headings, and where to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web
from multidict import MultiDict

from adapters.http.middleware.validation import Sent, load_values
from adapters.http.pages.admin.cells import Cell
from adapters.http.pages.admin.tables import ROWS_PER_PAGE, AnyTable, Filter, Kind
from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.field_errors import Errors, merge_errors
from adapters.http.shared.paging import FilteredPage
from adapters.http.shared.queries import read_query
from core.shared.errors import InvalidFields
from core.shared.paging import Page


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading. `href` sorts by it, or reverses the order; `direction` is that of `aria-sort`."""

    text: str
    href: str | None
    direction: str | None
    is_number: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address of the list without it."""

    label: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What the template of lists shows."""

    table: AnyTable
    values: Mapping[str, str]
    errors: Errors
    rows: Sequence[Row]
    headings: Sequence[Heading]
    chips: Sequence[Chip]
    tabs: Sequence[Tab]
    total: str
    matches: int
    is_capped: bool
    next_href: str | None
    first_href: str | None
    csv_href: str
    query: str

    @property
    def fields(self) -> Sequence[Filter]:
        """The filters that the form has."""
        return [each for each in self.table.filters if each.kind is not Kind.HIDDEN]

    @property
    def kept(self) -> Sequence[tuple[str, str]]:
        """The parameters that the form keeps: the order, and filters that only links set."""
        shown = {each.name for each in self.fields}
        return [(name, value) for name, value in self.values.items() if name not in shown]


def read_filters(request: web.Request, table: AnyTable) -> FilteredPage[Any]:
    """Return the page and filters of the address. Parameters that the list doesn't have are ignored.

    Raises InvalidFields.
    """
    schema = table.schema()
    declared = {field.data_key or name for name, field in schema.load_fields.items()}
    known = MultiDict((name, value) for name, value in request.query.items() if name in declared)
    values, errors = read_query(known, schema)
    sent = Sent(values, merge_errors([errors, find_forbidden_characters(values, schema)]), {})
    loaded: FilteredPage[Any] | None
    loaded, found = load_values(request, schema, sent, whole="query")
    if loaded is None:
        raise InvalidFields(found)
    limit = loaded.page.limit if "limit" in values else ROWS_PER_PAGE
    return FilteredPage(loaded.filter, replace(loaded.page, limit=limit))


def show_listing(request: web.Request, table: AnyTable, page: Page[Any] | None, errors: Errors) -> Listing:
    """Return the page of a list; without a page, since filters are wrong, it has no rows."""
    values = _values(request, table)
    items = page.items if page is not None else ()
    total = page.total if page is not None else 0
    is_capped = page is not None and page.total_capped
    return Listing(
        table=table,
        values=values,
        errors=errors,
        rows=[Row(table.row_id(item), [column.show(item) for column in table.columns]) for item in items],
        headings=list(_headings(table, values)),
        chips=list(_chips(table, values)),
        tabs=[_tab(table, each.label, each.query, values) for each in table.views],
        total=f"{total:,}+" if is_capped else f"{total:,}",
        matches=total,
        is_capped=is_capped,
        next_href=_href(table, {**values, "cursor": page.next_cursor}) if page and page.next_cursor else None,
        first_href=_href(table, values) if {"cursor", "offset"} & request.query.keys() else None,
        csv_href=f"{table.path}.csv{_query(values)}",
        query=_query(values),
    )


def _values(request: web.Request, table: AnyTable) -> dict[str, str]:
    """Return the filters and the order of the address, without those that are empty."""
    names = [*(each.name for each in table.filters), "sort"]
    return {name: value for name in names if (value := request.query.get(name, "").strip())}


def _headings(table: AnyTable, values: Mapping[str, str]) -> Sequence[Heading]:
    order = values.get("sort", table.order)
    headings = []
    for column in table.columns:
        href = direction = None
        if column.sort is not None:
            is_sorted = order.lstrip("-") == column.sort
            descends = order.startswith("-")
            direction = ("descending" if descends else "ascending") if is_sorted else None
            other = column.sort if is_sorted and descends else f"-{column.sort}"
            wanted = other if is_sorted else column.sort
            href = _href(table, {**values, "sort": wanted})
        headings.append(Heading(column.heading, href, direction, column.is_number))
    return headings


def _chips(table: AnyTable, values: Mapping[str, str]) -> Sequence[Chip]:
    return [
        Chip(each.label, each.label_of(values[each.name]), _href(table, _without(values, each.name)))
        for each in table.filters
        if each.name in values
    ]


def _tab(table: AnyTable, label: str, query: Mapping[str, str], values: Mapping[str, str]) -> Tab:
    return Tab(label, _href(table, query), is_current=dict(query) == dict(_without(values, "sort")))


def _without(values: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {key: value for key, value in values.items() if key != name}


def _href(table: AnyTable, values: Mapping[str, str | None]) -> str:
    return table.path + _query(values)


def _query(values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"?{query}" if query else ""
