"""The command `nocturne` with one route more: a POST that goes through all the house does around a handler."""

from __future__ import annotations

from aiohttp import web

from adapters.http.auth import signed_in
from adapters.http.booking_schemas import BookIn
from adapters.http.declaring import json_schema
from adapters.http.routes import ROUTES
from entrypoints.cli import main

NOTHING = "/bench/nothing"
_ANSWER = b"%-900s" % b'{"answer": "as many bytes as a booking with one ticket has"}'


@signed_in
@json_schema(BookIn)
async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=201, body=_ANSWER, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    ROUTES.append(web.post(NOTHING, nothing))
    main()
