"""Give every request an id, log it in one line, and count it in the metrics."""

from __future__ import annotations

import re
from secrets import token_hex
from time import perf_counter

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.shared.client_addresses import client_ip
from core.shared.metrics import Metrics

HEADER = "X-Request-Id"

_ID = web.RequestKey("id", str)
_UPGRADED_AT = web.RequestKey("upgraded_at", float)
"""When a connection became a WebSocket, by `perf_counter`."""
_SAFE = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}")
"""Ids that are accepted from clients: none that could break a log line or a header."""

UPGRADED = 101
"""The connection became a WebSocket (RFC 9110, section 15.2.2)."""
CLIENT_CLOSED = 499
"""No complete response was sent: the client disconnected, or the stream broke off. nginx uses the same number."""

_log = structlog.get_logger(__name__)


def log_requests(metrics: Metrics) -> Middleware:
    """Create the outermost middleware, which sees every request and the status of every response."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        structlog.contextvars.bind_contextvars(request_id=request_id(request))
        started = perf_counter()
        status = CLIENT_CLOSED
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as redirect:
            status = redirect.status
            raise
        finally:
            ended = perf_counter()
            if _UPGRADED_AT in request:
                status = UPGRADED  # no matter how the connection has ended
            method = request.method if request.method in hdrs.METH_ALL else "OTHER"
            route = route_of(request)
            # An upgraded connection was answered when it was upgraded; the log says how long it was open.
            metrics.count_request(method, route, status, request.get(_UPGRADED_AT, ended) - started)
            _log.info(
                "request",
                client=str(client_ip(request) or "unknown"),
                method=method,
                path=request.rel_url.raw_path,  # without the query, which may contain tokens and names
                route=route,
                status=status,
                duration_ms=round((ended - started) * 1000, 1),
            )
        return response

    return observe


def request_id(request: web.Request) -> str:
    """Return the id that the client or a proxy sent, if it is safe, else a new one; the same for every call."""
    if _ID not in request:
        given = request.headers.get(HEADER, "")
        request[_ID] = given if _SAFE.fullmatch(given) else token_hex(16)
    return request[_ID]


def route_of(request: web.Request) -> str:
    """Return the path template that matched, without a final slash; `unmatched` if none did."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical.rstrip("/") or "/"


async def add_request_id(request: web.Request, response: web.StreamResponse) -> None:
    """Add the id. A signal of on_response_prepare, so that streams and WebSockets carry it too."""
    response.headers[HEADER] = request_id(request)
    if response.status == UPGRADED:
        request[_UPGRADED_AT] = perf_counter()
