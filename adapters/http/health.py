"""What operators and their tools ask: alive, ready, and how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiohttp import web
from marshmallow import Schema, fields

from adapters.http.shared.declarations import docs, response_schema
from adapters.http.shared.responses import raw_json_response
from core.shared.errors import Refusal
from core.shared.metrics import Metrics

Check = Callable[[], Awaitable[None]]
"""Returns when what it looks at is there; raises when not."""

TAG = "operations"

_PATIENCE = 2.0
"""Seconds a check may take: less than the time-outs of the usual probes."""

_log = structlog.get_logger()
_given_up: set[asyncio.Future[None]] = set()
"""Checks that are being ended. The loop itself would forget them."""


class Alive(Schema):
    status = fields.String(metadata={"enum": ["ok"]})


class Readiness(Schema):
    status = fields.String(metadata={"enum": ["ok", "unavailable"]})
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "`ok`, or what is the matter.", "example": {"database": "ok"}},
    )


def operation_routes(
    ready: Mapping[str, Check], metrics: Metrics, helpers: Mapping[str, Check], measures: Sequence[Check] = ()
) -> list[web.RouteDef]:
    """The routes of this file, over these checks and figures. Only what is in `ready` has to be there."""

    @docs(tags=[TAG], summary="Is the process alive?")
    @response_schema(Alive, description="It is.")
    async def healthz(_: web.Request) -> web.Response:
        return raw_json_response({"status": "ok"})

    @docs(tags=[TAG], summary="Can it serve? Tells of each thing it needs.")
    @response_schema(Readiness, description="Everything it needs is there; what only helps may be away.")
    @response_schema(Readiness, 503, description="Something it needs is not there.")
    async def readyz(_: web.Request) -> web.Response:
        checks = {**ready, **helpers}
        outcomes = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        told = dict(zip(checks, outcomes, strict=True))
        fine = all(told[name] == "ok" for name in ready)
        body = {"status": "ok" if fine else "unavailable", "checks": told}
        return raw_json_response(body, status=200 if fine else 503)

    @docs(
        tags=[TAG],
        summary="Figures, for Prometheus",
        produces=["text/plain"],
        responses={200: {"description": "All figures of this process, in the text format 0.0.4."}},
    )
    async def figures(_: web.Request) -> web.Response:
        # What can't be measured just now is left out.
        await asyncio.gather(*(_outcome("metrics", measure) for measure in measures))
        body, content_type = metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", figures)]


async def _outcome(name: str, check: Check) -> str:
    asked = asyncio.ensure_future(check())
    try:
        answered, _ = await asyncio.wait([asked], timeout=_PATIENCE)
    finally:
        # Not waited for: whoever is slow to answer is slow to be told that it need not, too.
        if not asked.done():
            _given_up.add(asked)
            asked.add_done_callback(_let_go)
            asked.cancel()
    if not answered:
        return f"no answer in {_PATIENCE:g} s"
    match asked.exception():
        case None:
            return "ok"
        case Refusal() as refusal:
            return refusal.detail
        case error:
            # Anybody may ask: the message could hold an address or a password, so that only the log has it.
            _log.warning("not ready", check=name, exc_info=error)
            return type(error).__name__


def _let_go(asked: asyncio.Future[None]) -> None:
    _given_up.discard(asked)
    if not asked.cancelled():
        asked.exception()  # seen, so that nobody complains of it: it has been told as no answer
