"""The command `nocturne` with two more routes, whose handlers do nothing: one validates requests like booking does, the
other like reading an event does.
"""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import BookIn, IdempotencyKeyHeader
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import optional_sign_in, requires_sign_in
from adapters.http.routes import ROUTES
from adapters.http.shared.declarations import headers_schema, json_schema, match_info_schema
from entrypoints.cli import main

NOTHING = "/bench/events/{event_id}/book"
NO_EVENT = "/bench/events/{event_id}"
_BODY = b"%-900s" % b'{"answer": "as many bytes as a booking with one ticket has"}'


@requires_sign_in
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=201, body=_BODY, headers={"Content-Type": "application/json"})


@optional_sign_in
@match_info_schema(EventPath)
async def no_event(_: web.Request) -> web.Response:
    return web.Response(body=_BODY, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    ROUTES.extend([web.post(NOTHING, nothing), web.get(NO_EVENT, no_event)])
    main()
