"""How answers are written: one thing, a page of things, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web
from marshmallow import Schema
from yarl import URL

from adapters.http.middleware.conditional import ETAG, entity_tag
from adapters.http.shared.paging import MAX_OFFSET
from core.shared.paging import Page
from core.shared.versions import Version

_PLACE = frozenset({"limit", "offset", "page", "cursor"})
"""The parameters that say which page; all others say of which list."""


def json_response(
    schema: type[Schema] | Schema, value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """One thing, as its schema shows it."""
    return raw_json_response(_instance(schema).dump(value), status, headers)


def resource_response(
    schema: type[Schema] | Schema,
    thing: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    version: Version | None = None,
) -> web.Response:
    """One thing that has an address, with its `ETag`; `version` is that of what can be edited of it, if anything."""
    body = to_json(_instance(schema).dump(thing))
    return _json(body, status, {**(headers or {}), ETAG: entity_tag(body, version)})


def page_response(schema: type[Schema] | Schema, page: Page[Any], request: web.Request) -> web.Response:
    """A page of a list, each item as the schema shows it, with links to its neighbours (RFC 8288)."""
    body: dict[str, object] = {
        "items": _instance(schema).dump(page.items, many=True),
        "total": page.total,
        "limit": page.limit,
        "offset": page.offset,
        "next_cursor": page.next_cursor,
    }
    if page.total_capped:
        body["total_capped"] = True
    links = ", ".join(f'<{url}>; rel="{name}"' for name, url in _neighbours(page, request))
    return raw_json_response(body, headers={"Link": links})


def no_content_response() -> web.Response:
    """It is done, and there is nothing to show."""
    return web.Response(status=204)


def raw_json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Whatever `to_json` can write."""
    return _json(to_json(value), status, headers)


def _json(body: bytes, status: int, headers: Mapping[str, str] | None) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})


def to_json(value: object) -> bytes:
    """UTF-8 without spaces. Times in UTC end in `Z`, ids and decimals are strings, enums are their values."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return format(value, "f")
        case UUID():  # asyncpg's are of a class of their own
            return str(value)
        case Mapping():
            return dict(value)
        case Set():
            return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _instance(schema: type[Schema] | Schema) -> Schema:
    return schema if isinstance(schema, Schema) else _one_of(schema)


@cache
def _one_of(schema: type[Schema]) -> Schema:
    # Making a schema copies all its fields; using it changes nothing, so one serves everybody.
    return schema()


def _neighbours(page: Page[Any], request: web.Request) -> Iterator[tuple[str, URL]]:
    """The first, previous and next page, in the way of paging the client has chosen: by offset, else by cursor."""
    # Relative to the host: what `Host` says is not to be believed.
    kept = {name: request.query.getall(name) for name in request.query if name not in _PLACE}
    here = URL.build(path=request.path, query={**kept, "limit": page.limit})
    yield "first", here
    if page.offset > 0:
        yield "prev", here.update_query(offset=max(0, page.offset - page.limit))
    following = page.offset + page.limit
    if request.query.keys() & {"offset", "page"}:
        if page.next_cursor is not None and following <= MAX_OFFSET:
            yield "next", here.update_query(offset=following)
    elif page.next_cursor is not None:
        yield "next", here.update_query(cursor=page.next_cursor)
