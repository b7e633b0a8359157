"""`GET /ws`: live updates over a WebSocket (RFC 6455)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from aiohttp import WSMessage, WSMsgType, web
from marshmallow import fields, validate

from adapters.http.live.connections import CLOSE_SECONDS, Connection
from adapters.http.live.encoding import CloseCode, encode, encode_error
from adapters.http.live.hub import Hub
from adapters.http.live.identities import (
    ForeignOrigin,
    Identity,
    check_origin,
    identity_of_cookie,
    identity_of_token,
)
from adapters.http.live.limits import (
    MAX_MESSAGE_BYTES,
    MAX_REFUSED_MESSAGES,
    LiveUpdatesFull,
    MessageRate,
    TooManyConnections,
    TooManyMessages,
)
from adapters.http.live.messages import Auth, BadMessage, Join, Leave, Message, Ping, parse_message
from adapters.http.pages.shared.rendering import PUBLIC_URL
from adapters.http.shared.client_addresses import client_address
from adapters.http.shared.declarations import docs, querystring_schema, refuses
from adapters.http.shared.request_schemas import RequestSchema, get_input
from core.shared.errors import Conflict, Invalid, Refusal, Unauthenticated

HEARTBEAT_SECONDS = 30.0
"""A client that does not answer a ping in half the time is disconnected."""

HUB = web.AppKey("hub", Hub)
CORS_ORIGINS = web.AppKey("cors_origins", frozenset[str])

_log = structlog.get_logger(__name__)


class UpgradeRequired(Invalid):
    """The address speaks the WebSocket protocol, and the request is none of it."""

    code = "upgrade-required"


class SignedInAsAnother(Conflict):
    """The connection is that of another user."""

    code = "signed-in-as-another"


@dataclass(frozen=True, slots=True)
class LiveQueryValues:
    token: str | None = None


class LiveQuery(RequestSchema[LiveQueryValues]):
    token = fields.String(
        validate=validate.Length(1, MAX_MESSAGE_BYTES),
        metadata={"description": "An access token, for programs; browsers have the cookie of their session."},
    )


@docs(
    tags=["live"],
    summary="Live updates, over a WebSocket",
    description="Sends what changes about the events that the client has joined. `docs/live.md` has the messages.",
    responses={101: {"description": "The connection is a WebSocket from now on (RFC 6455)."}},
)
@querystring_schema(LiveQuery)
@refuses(ForeignOrigin, Unauthenticated, TooManyConnections, LiveUpdatesFull, UpgradeRequired)
async def live_updates(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    is_ours = check_origin(request, request.app[PUBLIC_URL], request.app[CORS_ORIGINS])
    socket = web.WebSocketResponse(
        timeout=CLOSE_SECONDS, heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=MAX_MESSAGE_BYTES
    )
    if not socket.can_prepare(request):
        raise UpgradeRequired("Connect to this address with a WebSocket client.")
    with hub.admission.admit(client_address(request)):
        identity = await _identify(request, hub, is_ours=is_ours)
        await socket.prepare(request)
        if request.transport is None:
            return socket
        connection = Connection(socket, request.transport, identity, hub.metrics)
        hub.add(connection)
        try:
            await _receive(socket, connection, hub)
        finally:
            hub.remove(connection)
    return socket


async def _identify(request: web.Request, hub: Hub, *, is_ours: bool) -> Identity | None:
    token = get_input(request, LiveQuery).token
    if token:
        return await identity_of_token(token, hub.authenticate)
    return await identity_of_cookie(request) if is_ours else None


async def _receive(socket: web.WebSocketResponse, connection: Connection, hub: Hub) -> None:
    """Do what the client says until the connection ends."""
    loop = asyncio.get_running_loop()
    rate = MessageRate(loop.time())
    async for received in socket:
        if received.type is WSMsgType.ERROR:
            return
        try:
            rate.count(loop.time())
            await _do(_parse(received), connection, hub)
        except Refusal as refusal:
            connection.send(encode_error(refusal.code, refusal.detail, **refusal.facts))
            if isinstance(refusal, TooManyMessages) and rate.refused >= MAX_REFUSED_MESSAGES:
                hub.metrics.count_dropped_connection("too-fast")
                connection.start_closing(CloseCode.POLICY_VIOLATION, "too many messages")
        except Exception:
            _log.exception("unexpected error")
            connection.send(encode_error("internal-error", "Something went wrong on the server. Try again."))


def _parse(received: WSMessage) -> Message:
    if received.type is not WSMsgType.TEXT:
        raise BadMessage("Messages are text, not binary.")
    return parse_message(received.data)


async def _do(message: Message, connection: Connection, hub: Hub) -> None:
    match message:
        case Ping():
            connection.send(encode("pong", {}))
        case Join(event_id):
            try:
                await hub.join(connection, event_id)
            except Refusal as refusal:
                connection.send(encode_error(refusal.code, refusal.detail, event_id=event_id))
        case Leave(event_id):
            hub.leave(connection, event_id)
        case Auth(token):
            identity = await identity_of_token(token, hub.authenticate)
            if connection.principal not in (None, identity.access.principal):
                raise SignedInAsAnother("This connection is that of another user. Open a new one.")
            hub.identify(connection, identity)
            connection.send(encode("authenticated", {"user_id": identity.access.principal.user_id}))


def live_routes() -> list[web.RouteDef]:
    """Return the routes of this file. Without HEAD: only a GET can be upgraded."""
    return [web.get("/ws", live_updates, allow_head=False)]
