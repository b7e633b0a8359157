"""What clients send: `{"event": name, "data": {…}}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from adapters.http.shared.json_bodies import parse_json
from core.shared.errors import Invalid
from core.shared.ids import EventId


class BadMessage(Invalid):
    """A message is not JSON, or not of the form `{"event": name, "data": {…}}`."""

    code = "bad-message"


class UnknownMessage(Invalid):
    """There is no message of this name."""

    code = "unknown-message"


@dataclass(frozen=True, slots=True)
class Auth:
    """Say who you are, by an access token."""

    token: str


@dataclass(frozen=True, slots=True)
class Join:
    """Watch an event."""

    event_id: EventId


@dataclass(frozen=True, slots=True)
class Leave:
    """Stop watching an event."""

    event_id: EventId


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask for a `pong`."""


Message = Auth | Join | Leave | Ping


def parse_message(text: str) -> Message:
    """Return what a client has sent. Raises BadMessage, UnknownMessage."""
    try:
        sent = parse_json(text.encode())
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise BadMessage("This is not JSON.") from None
    data = sent.get("data", {}) if isinstance(sent, dict) else None
    if not isinstance(data, dict):
        raise BadMessage('A message is an object: {"event": "join", "data": {"event_id": "…"}}.')
    match sent.get("event"):
        case "ping":
            return Ping()
        case "join":
            return Join(_event_id(data))
        case "leave":
            return Leave(_event_id(data))
        case "auth":
            return Auth(_token(data))
    raise UnknownMessage("The messages are `auth`, `join`, `leave` and `ping`.")


def _token(data: dict[str, Any]) -> str:
    token = data.get("token")
    if not isinstance(token, str):
        raise BadMessage("`auth` has an access token as `token`.")
    return token


def _event_id(data: dict[str, Any]) -> EventId:
    event_id = data.get("event_id")
    try:
        return EventId(UUID(event_id if isinstance(event_id, str) else ""))
    except ValueError:
        raise BadMessage("`event_id` is the id of an event.") from None
