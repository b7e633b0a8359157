"""One round of measurements: every kind of read once, with the processor time of the server."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from uuid import UUID

from bench.booking.setup import Wrong
from bench.load import Load, Requests, measure_responses, request
from bench.server import NO_EVENT

LIST = "/api/events?limit=20"
OK, NOT_MODIFIED = 200, 304
_CPU_SECONDS = "process_cpu_seconds_total "


@dataclass(frozen=True, slots=True)
class Get(Requests):
    """The same request again and again."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()

    def for_connection(self, connection: int) -> Iterator[bytes]:
        return cycle([request("GET", self.path, dict(self.headers))])


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of request costs: how many are answered per second, and how long the process works on each."""

    per_second: float
    cpu_ms: float


async def measure_round(load: Load, event_id: UUID, token: str) -> dict[str, Cost]:
    """Measure every kind of read. Raises Wrong when a response is not as expected."""
    signed_in, event = (("Authorization", f"Bearer {token}"),), f"/api/events/{event_id}"
    known = (("If-None-Match", _read(load, event)[0]),)
    kinds: dict[str, tuple[Get, int]] = {
        "nothing": (Get(NO_EVENT.format(event_id=event_id), signed_in), OK),
        "event": (Get(event), OK),
        "known event": (Get(event, known), NOT_MODIFIED),
        "list": (Get(LIST, signed_in), OK),
        "kept list": (Get(LIST), OK),
    }
    return {name: await _measure(load, get, status) for name, (get, status) in kinds.items()}


async def _measure(load: Load, get: Get, status: int) -> Cost:
    before = _cpu_seconds(load)
    responses = await measure_responses(get, load)
    if responses.broken or set(responses.statuses) != {status}:
        raise Wrong(f"every response should be {status}; they are {responses.statuses}, {responses.broken} broke off")
    for body in responses.sample[status]:
        if get.path == LIST and len(json.loads(body)["items"]) != 20:
            raise Wrong("the list is incomplete")
    return Cost(responses.per_second(status), (_cpu_seconds(load) - before) / responses.statuses[status] * 1000)


def _cpu_seconds(load: Load) -> float:
    """Return the processor time that the server has used, as its metrics say."""
    lines = _read(load, "/metrics")[1].decode().splitlines()
    return next(float(line.removeprefix(_CPU_SECONDS)) for line in lines if line.startswith(_CPU_SECONDS))


def _read(load: Load, path: str) -> tuple[str, bytes]:
    """Return the entity tag and the body of a response."""
    with urllib.request.urlopen(f"http://{load.host}:{load.port}{path}") as response:
        return response.headers.get("ETag", ""), response.read()
