"""The requests that measure booking. Imported by the client processes, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle
from random import Random
from uuid import UUID

from bench.load import Requests, request

_ONE_PLACE = b'{"quantity": 1}'
_KEY = b"{key}"
_EVENT = "{event}"


@dataclass(frozen=True, slots=True)
class Nothing(Requests):
    """The requests of `Places`, sent to an address that does nothing."""

    path: str
    event_id: UUID
    tokens: tuple[str, ...]

    def for_connection(self, connection: int) -> Iterator[bytes]:
        path = self.path.format(event_id=self.event_id)
        return _numbered(_booking(path, self.tokens, connection, _ONE_PLACE))


@dataclass(frozen=True, slots=True)
class Places(Requests):
    """Bookings of one place of one event, one after the other."""

    event_id: UUID
    tokens: tuple[str, ...]

    def for_connection(self, connection: int) -> Iterator[bytes]:
        return _numbered(_booking(_path(self.event_id), self.tokens, connection, _ONE_PLACE))


@dataclass(frozen=True, slots=True)
class Seats(Requests):
    """Bookings of named seats of one event, in random order, different ones for each connection. One of every
    `collides` requests names a seat that is taken already.
    """

    event_id: UUID
    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    connections: int
    collides: int

    def for_connection(self, connection: int) -> Iterator[bytes]:
        mine = list(self.labels[connection :: self.connections])
        Random(connection).shuffle(mine)  # noqa: S311 - an order, and the same each time
        for number, label in enumerate(cycle(mine)):
            wanted = mine[0] if number % self.collides == self.collides - 1 else label
            body = json.dumps({"seat_ids": [wanted]}).encode()
            yield _booking(_path(self.event_id), self.tokens, connection, body).replace(_KEY, b"%d" % number, 1)


@dataclass(frozen=True, slots=True)
class Scattered(Requests):
    """Bookings of one place, each of another of many events: in random order, another one for each connection."""

    event_ids: tuple[UUID, ...]
    tokens: tuple[str, ...]

    def for_connection(self, connection: int) -> Iterator[bytes]:
        before, after = _booking(_path(_EVENT), self.tokens, connection, _ONE_PLACE).split(_EVENT.encode())
        before_key, after_key = after.split(_KEY)
        order = Random(connection)  # noqa: S311 - an order, and the same each time
        for number in count():
            event_id = str(order.choice(self.event_ids)).encode()
            yield b"%s%s%s%d%s" % (before, event_id, before_key, number, after_key)


def _path(event_id: UUID | str) -> str:
    return f"/api/events/{event_id}/book"


def _booking(path: str, tokens: tuple[str, ...], connection: int, body: bytes) -> bytes:
    token = tokens[connection % len(tokens)]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{connection}-{_KEY.decode()}"}
    return request("POST", path, headers, body)


def _numbered(booking: bytes) -> Iterator[bytes]:
    before, after = booking.split(_KEY)
    return (b"%s%d%s" % (before, number, after) for number in count())
