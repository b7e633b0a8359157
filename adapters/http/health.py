"""Liveness, readiness and metrics, for operators and their tools."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiohttp import web
from marshmallow import Schema, fields

from adapters.http.metrics_access import ANYBODY, MetricsAccess
from adapters.http.shared.declarations import docs, refuses, response_schema
from adapters.http.shared.responses import raw_json_response
from core.shared.errors import Forbidden, Refusal, Unauthenticated
from core.shared.metrics import Metrics

Check = Callable[[], Awaitable[None]]
"""Returns if what it checks is available, raises if not."""

TAG = "operations"

_CHECK_SECONDS = 2.0
"""How long a check may take: less than the usual timeouts of probes."""

_log = structlog.get_logger(__name__)
_cancelled: set[asyncio.Future[None]] = set()
"""Checks that are being cancelled. The event loop keeps only weak references to them."""


class Alive(Schema):
    status = fields.String(required=True, metadata={"enum": ["ok"]})


class Readiness(Schema):
    status = fields.String(required=True, metadata={"enum": ["ok", "unavailable"]})
    checks = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "`ok`, or what is wrong.", "example": {"database": "ok"}},
    )


def operation_routes(
    ready: Mapping[str, Check],
    metrics: Metrics,
    helpers: Mapping[str, Check],
    measures: Sequence[Check] = (),
    metrics_access: MetricsAccess = ANYBODY,
) -> list[web.RouteDef]:
    """Return the routes of this file. Readiness needs only the checks in `ready` to pass."""

    @docs(tags=[TAG], summary="Is the process alive?")
    @response_schema(Alive, description="It is alive.")
    async def healthz(_: web.Request) -> web.Response:
        return raw_json_response({"status": "ok"})

    @docs(tags=[TAG], summary="Can it serve? Reports every dependency.")
    @response_schema(Readiness, description="Everything that it needs is available; optional helpers may be missing.")
    @response_schema(Readiness, 503, description="Something that it needs is not available.")
    async def readyz(_: web.Request) -> web.Response:
        checks = {**ready, **helpers}
        outcomes = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        results = dict(zip(checks, outcomes, strict=True))
        is_ready = all(results[name] == "ok" for name in ready)
        body = {"status": "ok" if is_ready else "unavailable", "checks": results}
        return raw_json_response(body, status=200 if is_ready else 503)

    @docs(
        tags=[TAG],
        summary="Metrics, for Prometheus",
        produces=["text/plain"],
        responses={200: {"description": "All metrics of this process, in the text format 0.0.4."}},
    )
    @refuses(Unauthenticated, Forbidden)
    async def figures(request: web.Request) -> web.Response:
        metrics_access.must_be_allowed(request)
        # A value that can't be queried at the moment is left out.
        await asyncio.gather(*(_outcome("metrics", measure) for measure in measures))
        body, content_type = metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", figures)]


async def _outcome(name: str, check: Check) -> str:
    running = asyncio.ensure_future(check())
    try:
        finished, _ = await asyncio.wait([running], timeout=_CHECK_SECONDS)
    finally:
        # Don't wait for the cancellation: a slow check may be slow to cancel, too.
        if not running.done():
            _cancelled.add(running)
            running.add_done_callback(_discard)
            running.cancel()
    if not finished:
        return f"no answer in {_CHECK_SECONDS:g} s"
    match running.exception():
        case None:
            return "ok"
        case Refusal() as refusal:
            return refusal.detail
        case error:
            # The endpoint is public and the message could contain an address or a password: only log it.
            _log.warning("readiness check failed", check=name, exc_info=error)
            return type(error).__name__


def _discard(check: asyncio.Future[None]) -> None:
    _cancelled.discard(check)
    if not check.cancelled():
        check.exception()  # mark it as retrieved: asyncio would log it, but it was reported as no answer
