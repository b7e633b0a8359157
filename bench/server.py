"""The command `nocturne` with one route more: what booking declares, and a handler that does nothing."""

from __future__ import annotations

from aiohttp import web

from adapters.http.auth import signed_in
from adapters.http.booking_schemas import BookIn, IdempotencyKeyHeader
from adapters.http.catalog_schemas import EventPath
from adapters.http.declaring import headers_schema, json_schema, match_info_schema
from adapters.http.routes import ROUTES
from entrypoints.cli import main

NOTHING = "/bench/events/{event_id}/book"
_ANSWER = b"%-900s" % b'{"answer": "as many bytes as a booking with one ticket has"}'


@signed_in
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=201, body=_ANSWER, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    ROUTES.append(web.post(NOTHING, nothing))
    main()
