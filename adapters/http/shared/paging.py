"""Lists that come in pages: the query parameters that choose a page, and the schema of a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from marshmallow import Schema, fields, validate

from adapters.http.shared.request_schemas import RequestSchema
from core.shared.paging import COUNT_LIMIT, DEFAULT_LIMIT, MAX_LIMIT, PageRequest

MAX_OFFSET = COUNT_LIMIT
"""What is skipped has to be found first. Cursors lead to any depth at the same cost, and totals end here, too."""
MAX_CURSOR = 500
"""Enough for any sort key: 80 characters of up to four bytes each, in base64."""

F = TypeVar("F")


class _PageFields(Schema):
    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(1, MAX_LIMIT))
    offset = fields.Integer(
        load_default=0,
        validate=validate.Range(0, MAX_OFFSET, error="Must be 0 to {max}; beyond that, follow next_cursor."),
    )
    cursor = fields.String(
        validate=validate.Length(1, MAX_CURSOR),
        metadata={"description": "`next_cursor` of the previous page. It stays valid when items are added."},
    )


class PageQuery(_PageFields, RequestSchema[PageRequest]):
    """Which page of a list."""


@dataclass(frozen=True, slots=True)
class FilteredPage(Generic[F]):
    """Which page of a list, and which of its items."""

    filter: F
    page: PageRequest


class FilteredPageQuery(_PageFields, RequestSchema[FilteredPage[F]], Generic[F]):
    """Which page of a list, with the list's own filters as further fields, from which an `F` is built."""

    def build(self, data: dict[str, Any]) -> FilteredPage[F]:
        page = PageRequest(data.pop("limit"), data.pop("offset"), data.pop("cursor", None))
        return FilteredPage(self.value_type(**data), page)


@cache
def page_schema(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of these items, for the document: `EventOut` gives `EventPage`."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "total": fields.Integer(required=True, metadata={"description": "Exact up to 10000."}),
            "total_capped": fields.Boolean(metadata={"description": "True when there are more than `total`."}),
            "limit": fields.Integer(required=True),
            "offset": fields.Integer(required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=item.__name__.removesuffix("Out") + "Page",
    )
