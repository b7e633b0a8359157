"""What is asked while log-ins are measured. Imported by the processes that ask, so it imports next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from bench.load import Questions, request


@dataclass(frozen=True, slots=True)
class LogIns(Questions):
    """The same people log in again and again, one on each connection."""

    emails: tuple[str, ...]
    password: str

    def of(self, connection: int) -> Iterator[bytes]:
        email = self.emails[connection % len(self.emails)]
        body = json.dumps({"email": email, "password": self.password}).encode()
        return cycle([request("POST", "/api/auth/login", {}, body)])
