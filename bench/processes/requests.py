"""A mixed load over many events. Imported by the client processes, so it imports next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from uuid import UUID

from bench.load import Requests, request

KINDS = ("book", "event", "event", "event", "list")
"""What is wanted how often: of five requests one books, three read an event, and one reads a list of a city."""


@dataclass(frozen=True, slots=True)
class Mixed(Requests):
    """Bookings, events and lists, of other events for each request. `name` is part of each key, so that no
    measurement sends the keys of another.
    """

    name: str
    event_ids: tuple[UUID, ...]
    tokens: tuple[str, ...]

    def for_connection(self, connection: int) -> Iterator[bytes]:
        order = Random(f"{self.name} {connection}")  # noqa: S311 - an order, and the same each time
        token = {"Authorization": f"Bearer {self.tokens[connection % len(self.tokens)]}"}
        for number in count():
            event_id = order.choice(self.event_ids)
            match order.choice(KINDS):
                case "book":
                    key = {"Idempotency-Key": f"{self.name}-{connection}-{number}"}
                    yield request("POST", f"/api/events/{event_id}/book", token | key, b'{"quantity": 1}')
                case "event":
                    yield request("GET", f"/api/events/{event_id}", {})
                case _:
                    yield request("GET", f"/api/events?limit=20&city=City {order.randrange(50)}".replace(" ", "+"), {})
