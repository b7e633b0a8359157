"""The traffic of a day. Imported by the client processes, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from uuid import UUID

from bench.load import Requests, request

WORDS = ("jazz", "night", "quartet", "film", "garden", "late", "open", "river", "moon", "choir")

PATHS = (
    "/",
    "/?q={rare}",
    "/calendar",
    "/events/{event_id}/an-evening",
    "/nowhere/{rare}",
    "/api/events?limit=20&q={rare}",
    "/api/events?limit=20&offset={offset}",
    "/api/events/{event_id}",
)


@dataclass(frozen=True, slots=True)
class Traffic(Requests):
    """What people do: pages and lists of all kinds, searches that nobody has sent before, events, logins with the right
    and with a wrong password, bookings, and addresses that lead nowhere. Different requests in each `hour`.
    """

    hour: int
    event_ids: tuple[UUID, ...]
    tokens: tuple[str, ...]
    emails: tuple[str, ...]
    password: str

    def for_connection(self, connection: int) -> Iterator[bytes]:
        order = Random(f"{self.hour} {connection}")  # noqa: S311 - an order, and the same each time
        for number in count():
            name = f"{self.hour}x{connection}x{number}"  # in none of the other requests
            if order.randrange(4):
                event_id, rare = order.choice(self.event_ids), f"{order.choice(WORDS)}+{name}"
                path = order.choice(PATHS).format(event_id=event_id, rare=rare, offset=order.randrange(100) * 20)
                yield request("GET", path, {"Accept-Encoding": order.choice(("br", "gzip", "identity"))})
            else:
                token = {"Authorization": f"Bearer {self.tokens[connection % len(self.tokens)]}"}
                yield order.choice(
                    (
                        self._log_in(order),
                        self._book(order, token, name),
                        request("GET", "/api/me/bookings?limit=5", token),
                    )
                )

    def _book(self, order: Random, token: dict[str, str], key: str) -> bytes:
        path = f"/api/events/{order.choice(self.event_ids)}/book"
        return request("POST", path, token | {"Idempotency-Key": f"hour-{key}"}, b'{"quantity": 1}')

    def _log_in(self, order: Random) -> bytes:
        password = self.password if order.randrange(5) else "not this one"
        body = json.dumps({"email": order.choice(self.emails), "password": password}).encode()
        return request("POST", "/api/auth/login", {}, body)
