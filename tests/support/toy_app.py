"""A small API of toys, for testing the conventions that every handler relies on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient
from marshmallow import Schema, fields, validate

from adapters.http.app import HttpOptions, create_app
from adapters.http.health import Check
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.public_cache import PublicCache
from adapters.http.shared.declarations import (
    docs,
    headers_schema,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import Amount, Id, Moment
from adapters.http.shared.paging import FilteredPageQuery, page_schema
from adapters.http.shared.queries import AnyOf
from adapters.http.shared.request_schemas import RequestSchema, get_input
from adapters.http.shared.responses import json_response, no_content_response, page_response
from adapters.http.use_cases import UseCases
from adapters.memory.accounts import MemoryRevocations
from adapters.memory.cache import MemoryCache
from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.store import MemoryStore
from adapters.system.clock import SystemClock
from core.accounts.ports import AccessTokens
from core.accounts.sessions import Access
from core.accounts.signing_in import Authenticate
from core.shared.access import Principal, Role
from core.shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PaymentRequired,
    Refusal,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from core.shared.ids import SessionId, UserId
from core.shared.metrics import Metrics
from core.shared.paging import Page

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[[web.Application], Awaitable[Client]]

ANNA = Principal(UserId(UUID("019a0000-0000-7000-8000-00000000000a")), Role.USER)
TOKEN = "anna.s.token"
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}
SIGNED_IN_JSON = {**SIGNED_IN, "Content-Type": "application/json"}


class OneToken(AccessTokens):
    """Accepts Anna's token and no other."""

    def issue(self, principal: Principal, session_id: SessionId, session_ends: datetime) -> tuple[str, int]:
        return TOKEN, 900

    def read(self, token: str) -> Access:
        if token != TOKEN:
            raise Unauthenticated("The access token is invalid or has expired.")
        return Access(ANNA, SessionId(ANNA.user_id))


@dataclass(frozen=True, slots=True)
class Toy:
    id: UUID
    name: str
    price: Decimal
    made_at: datetime
    parts: list[str] = field(default_factory=list)


BEAR = Toy(
    UUID("019a0000-0000-7000-8000-000000000001"),
    "Bear",
    Decimal("12.50"),
    datetime(2030, 5, 1, 19, tzinfo=UTC),
    ["head", "body"],
)


class Broken(Conflict):
    """The toy is broken."""

    code = "broken"


class KeyMissing(Invalid):
    """There is no key."""

    code = "idempotency-key-missing"


class Kindless(Refusal):
    """A programming mistake: a refusal without a kind."""

    code = "kindless"


@dataclass(frozen=True, slots=True)
class ToyRef:
    id: UUID


class ToyPath(RequestSchema[ToyRef]):
    id = Id(required=True)


@dataclass(frozen=True, slots=True)
class ToyFilter:
    colour: str | None = None
    tag: tuple[str, ...] = ()
    made_after: datetime | None = None


class ToyQuery(FilteredPageQuery[ToyFilter]):
    colour = fields.String(validate=validate.OneOf(["red", "blue"]))
    tag = AnyOf(fields.String(validate=validate.Length(max=20)))
    made_after = Moment()


class Maker(Schema):
    name = fields.String(required=True, validate=validate.Length(1, 50))


@dataclass(frozen=True, slots=True)
class ToyBody:
    name: str
    price: Decimal
    made_at: datetime = BEAR.made_at
    makers: list[dict[str, str]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


class ToyIn(RequestSchema[ToyBody]):
    name = fields.String(required=True, validate=validate.Length(1, 50))
    price = Amount(load_default=Decimal(0))
    made_at = Moment()
    makers = fields.List(fields.Nested(Maker), validate=validate.Length(max=5))
    labels = fields.Dict(keys=fields.String(), values=fields.String())


class ToyOut(Schema):
    id = Id()
    name = fields.String()
    price = Amount()
    made_at = Moment(allow_none=True)
    parts = fields.List(fields.String())


@dataclass(frozen=True, slots=True)
class WindUpBody:
    turns: int = 1


class WindUp(RequestSchema[WindUpBody]):
    turns = fields.Integer(strict=True, validate=validate.Range(1, 100))


@dataclass(frozen=True, slots=True)
class ToyKey:
    key: str = ""


class KeyHeader(RequestSchema[ToyKey]):
    key = fields.String(data_key="Toy-Key", validate=validate.Length(max=20))


class Said(Schema):
    said = fields.String()


@docs(tags=["toys"], summary="All toys")
@querystring_schema(ToyQuery)
@response_schema(page_schema(ToyOut))
async def list_toys(request: web.Request) -> web.Response:
    """A page of them.

    In the order in which they were made.
    """
    asked = get_input(request, ToyQuery).page
    total = 45
    first = int(asked.cursor) if asked.cursor else asked.offset
    last = min(first + asked.limit, total)
    toys = [replace(BEAR, name=f"Bear {number}") for number in range(first, last)]
    page = Page(toys, total, False, asked.limit, asked.offset, str(last) if last < total else None)
    return page_response(ToyOut, page, request)


@docs(tags=["toys"], summary="Make a toy", description=Broken.__doc__)
@requires_sign_in
@json_schema(ToyIn)
@response_schema(ToyOut, 201)
@refuses(Broken, 402)
async def make_toy(request: web.Request) -> web.Response:
    body = get_input(request, ToyIn)
    toy = Toy(BEAR.id, body.name, body.price, body.made_at, sorted(body.labels))
    return json_response(ToyOut, toy, status=201, headers={"Location": f"/api/toys/{toy.id}"})


@docs(tags=["toys"], summary="One toy")
@match_info_schema(ToyPath)
@response_schema(ToyOut)
async def get_toy(request: web.Request) -> web.Response:
    if get_input(request, ToyPath).id != BEAR.id:
        raise NotFound("There is no such toy.")
    return json_response(ToyOut, BEAR)


@docs(tags=["toys"], summary="Throw a toy away")
@requires_sign_in
@match_info_schema(ToyPath)
@response_schema(Schema, 204)
async def drop_toy(request: web.Request) -> web.Response:
    assert principal(request) == ANNA
    return no_content_response()


@docs(tags=["toys"], summary="Wind a toy up")
@match_info_schema(ToyPath)
@json_schema(WindUp)
@response_schema(Said)
@refuses(KeyMissing)
async def wind_up(request: web.Request) -> web.Response:
    return json_response(Said, {"said": f"{get_input(request, WindUp).turns} turns"})


@docs(tags=["toys"], summary="Say who is there")
@optional_sign_in
@headers_schema(KeyHeader)
@response_schema(Said)
async def greet(request: web.Request) -> web.Response:
    who, key = maybe_principal(request), get_input(request, KeyHeader).key
    return json_response(Said, {"said": f"{who.role if who else 'nobody'} {key}".strip()})


@docs(
    tags=["toys"],
    summary="Refuse",
    parameters=[{"in": "query", "name": "kind", "schema": {"type": "string"}, "required": True}],
)
@refuses(400, 402, 403, 404, 409, 422, 429, 500)
@response_schema(Said)
@optional_sign_in
async def refuse(request: web.Request) -> web.Response:
    raise REFUSALS[request.query["kind"]]


REFUSALS: Mapping[str, Exception] = {
    "not-found": NotFound("There is no such toy."),
    "invalid": Invalid("That makes no sense."),
    "key": KeyMissing("Send a key."),
    "conflict": Broken("It is broken.", pieces=["arm", "leg"], since=BEAR.made_at, worth=BEAR.price, code="not this"),
    "forbidden": Forbidden("Not for you."),
    "unauthenticated": Unauthenticated("I do not know you."),
    "payment-required": PaymentRequired("Pay first."),
    "too-many": TooMany("Slower, please.", retry_after=7),
    "unavailable": Unavailable("The shelf does not answer."),
    "kindless": Kindless("Of no kind."),
    "gone": web.HTTPGone(),
    "bug": RuntimeError("the password is swordfish"),
}


@docs(tags=["toys"], summary="Break off in the middle of a response")
@response_schema(Said)
async def break_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"said": "')
    raise RuntimeError("in the middle")


@docs(tags=["toys"], summary="Send data until the client leaves")
@response_schema(Said)
async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"drip ")
            await asyncio.sleep(0.001)
    finally:
        request.app[RELEASED].set()


@docs(tags=["toys"], summary="Answer slowly")
@response_schema(Said)
async def slow(request: web.Request) -> web.Response:
    request.app[ENTERED].set()
    await request.app[RELEASED].wait()
    return json_response(Said, {"said": "at last"})


ENTERED = web.AppKey("entered", asyncio.Event)
RELEASED = web.AppKey("released", asyncio.Event)

ROUTES = [
    web.get("/api/toys", list_toys),
    web.post("/api/toys", make_toy),
    web.post("/api/workshop/toys", make_toy),
    web.get("/api/toys/{id}", get_toy, name="toy"),
    web.delete("/api/toys/{id}", drop_toy),
    web.post("/api/toys/{id}/wind-up", wind_up),
    web.get("/api/greeting", greet),
    web.get("/api/refusal", refuse),
    web.get("/api/broken-off", break_off),
    web.get("/api/drip", drip),
    web.get("/api/slow", slow),
]


def toy_app(
    *,
    options: HttpOptions | None = None,
    metrics: Metrics | None = None,
    ready: Mapping[str, Check] | None = None,
    helpers: Mapping[str, Check] | None = None,
) -> web.Application:
    app = create_app(
        ROUTES,
        use_cases=cast(UseCases, None),  # no toy handler calls one
        options=options or HttpOptions(),
        metrics=metrics or MemoryMetrics(),
        ready=ready or {},
        public_cache=PublicCache(MemoryCache(SystemClock(), MemoryMetrics(), seconds=0), seconds=0),
        authenticate=Authenticate(OneToken(), MemoryRevocations(MemoryStore())),
        helpers=helpers,
    )
    app[ENTERED], app[RELEASED] = asyncio.Event(), asyncio.Event()
    return app


async def send_raw(client: Client, head: bytes) -> bytes:
    """Send a request that no client library would write and return the whole response.

    The request must ask for `Connection: close`.
    """
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
