"""Build responses: one object, a page of a list, or none."""

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
from core.shared.cache import Entry
from core.shared.paging import Page
from core.shared.versions import Version

_PAGE_PARAMETERS = frozenset({"limit", "offset", "page", "cursor"})
"""These choose the page; all other parameters choose the list."""


def json_response(
    schema: type[Schema] | Schema, value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return one object, serialized by its schema."""
    return raw_json_response(_instance(schema).dump(value), status, headers)


def resource_response(
    schema: type[Schema] | Schema,
    thing: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    version: Version | None = None,
) -> web.Response:
    """Return one resource with its `ETag`; `version` is that of its editable part, if it has one."""
    body = to_json(_instance(schema).dump(thing))
    return _json(body, status, {**(headers or {}), ETAG: entity_tag(body, version)})


def page_response(schema: type[Schema] | Schema, page: Page[Any], request: web.Request) -> web.Response:
    """Return a page of a list, its items serialized by the schema, with links to neighbouring pages (RFC 8288)."""
    return rendered_response(render_page(schema, page, request))


def dump(schema: type[Schema] | Schema, value: object) -> object:
    """Return one object as plain values, which `to_json` can serialize."""
    return _instance(schema).dump(value)


def render(schema: type[Schema] | Schema, value: object) -> Entry:
    """Return the JSON of one object, serialized by its schema."""
    return Entry(to_json(_instance(schema).dump(value)), {})


def render_page(schema: type[Schema] | Schema, page: Page[Any], request: web.Request) -> Entry:
    """Return the JSON and the links of `page_response`."""
    body: dict[str, object] = {
        "items": _instance(schema).dump(page.items, many=True),
        "total": page.total,
        "limit": page.limit,
        "offset": page.offset,
        "next_cursor": page.next_cursor,
    }
    if page.total_capped:
        body["total_capped"] = True
    links = ", ".join(f'<{url}>; rel="{name}"' for name, url in _page_links(page, request))
    return Entry(to_json(body), {"Link": links})


def rendered_response(rendered: Entry, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return what was rendered, with further headers."""
    return _json(rendered.content, 200, {**rendered.headers, **(headers or {})})


def no_content_response() -> web.Response:
    """Return 204: done, without a body."""
    return web.Response(status=204)


def raw_json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a value that `to_json` can serialize."""
    return _json(to_json(value), status, headers)


def _json(body: bytes, status: int, headers: Mapping[str, str] | None) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})


def to_json(value: object) -> bytes:
    """Serialize to UTF-8 without spaces. UTC times end in `Z`, ids and decimals are strings, enums their values."""
    return orjson.dumps(value, default=_to_plain, option=orjson.OPT_UTC_Z)


def _to_plain(value: object) -> object:
    match value:
        case Decimal():
            return format(value, "f")
        case UUID():  # asyncpg has its own subclass
            return str(value)
        case Mapping():
            return dict(value)
        case Set():
            return sorted(value)
    raise TypeError(f"{type(value).__name__} can't be serialized to JSON")


def _instance(schema: type[Schema] | Schema) -> Schema:
    return schema if isinstance(schema, Schema) else _cached_instance(schema)


@cache
def _cached_instance(schema: type[Schema]) -> Schema:
    # Creating a schema copies all its fields; using it changes nothing, so that one instance is enough.
    return schema()


def _page_links(page: Page[Any], request: web.Request) -> Iterator[tuple[str, URL]]:
    """Yield the first, previous and next page, by offset if the client pages by offset, else by cursor."""
    # Without a host: the `Host` header may be forged.
    kept = {name: request.query.getall(name) for name in request.query if name not in _PAGE_PARAMETERS}
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
