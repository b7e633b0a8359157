"""The command `nocturne` with one more route: it validates requests like booking does, but its handler does nothing."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import BookIn, IdempotencyKeyHeader
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import requires_sign_in
from adapters.http.routes import ROUTES
from adapters.http.shared.declarations import headers_schema, json_schema, match_info_schema
from entrypoints.cli import main

NOTHING = "/bench/events/{event_id}/book"
_BODY = b"%-900s" % b'{"answer": "as many bytes as a booking with one ticket has"}'


@requires_sign_in
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=201, body=_BODY, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    ROUTES.append(web.post(NOTHING, nothing))
    main()
