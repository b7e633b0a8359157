"""The command `nocturne` with more routes: they read requests like the platform's, but their handlers do nothing."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import BookIn, IdempotencyKeyHeader
from adapters.http.api.catalog.handlers import search_events
from adapters.http.api.catalog.queries import EventQueryIn
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import optional_sign_in, requires_sign_in
from adapters.http.routes import ROUTES
from adapters.http.shared.declarations import headers_schema, json_schema, match_info_schema, querystring_schema
from entrypoints.cli import main

NOTHING = "/bench/events/{event_id}/book"
EMPTY = "/bench/events/{event_id}"
MEMORY = "/bench/events"
_BODY = b"%-900s" % b'{"answer": "as many bytes as a booking with one ticket has"}'


@requires_sign_in
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=201, body=_BODY, headers={"Content-Type": "application/json"})


@requires_sign_in
@match_info_schema(EventPath)
async def empty(_: web.Request) -> web.Response:
    return web.Response(body=b"{}", headers={"Content-Type": "application/json"})


_pages: dict[str, bytes] = {}


@optional_sign_in
@querystring_schema(EventQueryIn)
async def page_from_memory(request: web.Request) -> web.Response:
    """Respond to everything with the page that was requested first."""
    if "first" not in _pages:
        response = await search_events(request)
        _pages["first"] = bytes(response.body)  # type: ignore[arg-type]  # not a payload that is sent in parts
    return web.Response(body=_pages["first"], headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    ROUTES += [web.post(NOTHING, nothing), web.get(EMPTY, empty), web.get(MEMORY, page_from_memory)]
    main()
