"""What is asked while booking is measured. Imported by the processes that ask, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle
from random import Random
from uuid import UUID

from bench.load import Questions, request

_ONE_PLACE = b'{"quantity": 1}'
_KEY = b"{key}"


@dataclass(frozen=True, slots=True)
class Nothing(Questions):
    """A signed-in POST with the body of a booking that nothing comes of."""

    path: str
    tokens: tuple[str, ...]

    def of(self, connection: int) -> Iterator[bytes]:
        same = request("POST", self.path, {"Authorization": _bearer(self.tokens, connection)}, _ONE_PLACE)
        return cycle([same])


@dataclass(frozen=True, slots=True)
class Places(Questions):
    """One place after the other of one event."""

    event_id: UUID
    tokens: tuple[str, ...]

    def of(self, connection: int) -> Iterator[bytes]:
        before, after = _booking(self.event_id, self.tokens, connection, _ONE_PLACE).split(_KEY)
        return (b"%s%d%s" % (before, number, after) for number in count())


@dataclass(frozen=True, slots=True)
class Seats(Questions):
    """Seats of one event by name, in no order, no two connections the same; of every `collides` requests one asks for a
    seat that is taken already.
    """

    event_id: UUID
    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    connections: int
    collides: int

    def of(self, connection: int) -> Iterator[bytes]:
        mine = list(self.labels[connection :: self.connections])
        Random(connection).shuffle(mine)
        for number, label in enumerate(cycle(mine)):
            wanted = mine[0] if number % self.collides == self.collides - 1 else label
            body = json.dumps({"seat_ids": [wanted]}).encode()
            yield _booking(self.event_id, self.tokens, connection, body).replace(_KEY, b"%d" % number, 1)


@dataclass(frozen=True, slots=True)
class Page(Questions):
    """The same page again and again."""

    path: str

    def of(self, connection: int) -> Iterator[bytes]:
        return cycle([request("GET", self.path, {})])


def _booking(event_id: UUID, tokens: tuple[str, ...], connection: int, body: bytes) -> bytes:
    headers = {"Authorization": _bearer(tokens, connection), "Idempotency-Key": f"{connection}-{_KEY.decode()}"}
    return request("POST", f"/api/events/{event_id}/book", headers, body)


def _bearer(tokens: tuple[str, ...], connection: int) -> str:
    return f"Bearer {tokens[connection % len(tokens)]}"
