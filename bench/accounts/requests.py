"""The requests that measure log-ins. Imported by the client processes, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from bench.load import Requests, request


@dataclass(frozen=True, slots=True)
class LogIns(Requests):
    """The same people log in again and again, one on each connection."""

    emails: tuple[str, ...]
    password: str

    def for_connection(self, connection: int) -> Iterator[bytes]:
        email = self.emails[connection % len(self.emails)]
        body = json.dumps({"email": email, "password": self.password}).encode()
        return cycle([request("POST", "/api/auth/login", {}, body)])
