"""Every request has an id, leaves one line in the log, and is counted."""

from __future__ import annotations

import re
from secrets import token_hex
from time import perf_counter

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from core.shared.metrics import Metrics

HEADER = "X-Request-Id"

_ID = web.RequestKey("id", str)
_SAFE = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}")
"""What is taken over from outside: nothing that could break a log line or a header."""

BROKEN_OFF = 499
"""No status was sent whole: the client left, or the stream broke. The number is nginx's."""

_log = structlog.get_logger()


def log_requests(metrics: Metrics) -> Middleware:
    """The outermost middleware: it sees every request, and the status of every answer."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        structlog.contextvars.bind_contextvars(request_id=request_id(request))
        started = perf_counter()
        status = BROKEN_OFF
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as redirect:
            status = redirect.status
            raise
        finally:
            seconds = perf_counter() - started
            method = request.method if request.method in hdrs.METH_ALL else "OTHER"
            route = route_of(request)
            metrics.count_request(method, route, status, seconds)
            _log.info("request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1))
        return response

    return observe


def request_id(request: web.Request) -> str:
    """The id the client or a proxy gave, if it is safe, else a new one. The same however often it is asked."""
    if _ID not in request:
        given = request.headers.get(HEADER, "")
        request[_ID] = given if _SAFE.fullmatch(given) else token_hex(16)
    return request[_ID]


def route_of(request: web.Request) -> str:
    """The template that matched, without a trailing slash; `unmatched` when none did."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical.rstrip("/") or "/"


async def add_request_id(request: web.Request, response: web.StreamResponse) -> None:
    """Signal on_response_prepare, so that streams and WebSockets carry the id too."""
    response.headers[HEADER] = request_id(request)
