"""One round of measurements: everything once, one after the other, with every response accounted for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from bench.booking.requests import Nothing, Places, Seats
from bench.booking.setup import BenchPlatform, Wrong
from bench.load import Load, Page, Requests, Responses, measure_responses
from bench.server import NOTHING
from core.booking.seats import seat_grid

CAPACITY, HALL, PER_ROW = 1_000_000, 50_000, 100
COLLIDES = 50
OK, CREATED, TAKEN = 200, 201, 409
PROBES = {"/api/events": (Page("/api/events?limit=20"), 0.041), "/healthz": (Page("/healthz"), 0.037)}
"""Requests sent during the load, and the seconds between them: different, so that they don't stay in step."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Two processes on one database, and the load on each: one with batching, one without."""

    batching: Load
    single: Load


@dataclass(frozen=True, slots=True)
class Round:
    """Responses per second; and the seconds that each probe took, alone and under load."""

    nothing: float
    places: float
    places_single: float
    seats: float
    alone: dict[str, list[float]]
    loaded: dict[str, list[float]]


async def measure_round(platform: BenchPlatform, servers: Servers) -> Round:
    """Measure everything once. Raises Wrong when a response or the stored data is wrong."""
    load = servers.batching
    nothing = must_all_be(CREATED, await measure_responses(Nothing(NOTHING, uuid4(), platform.tokens), load))
    places = await book_places(platform, load)
    single = await book_places(platform, servers.single)
    seats = await _seats(platform, load)
    alone = await _probes(load)
    _, loaded = await asyncio.gather(book_places(platform, load), _probes(load))
    await platform.must_be_sound()
    return Round(
        nothing=nothing.per_second(CREATED),
        places=places.per_second(CREATED),
        places_single=single.per_second(CREATED),
        seats=seats.per_second(CREATED),
        alone=alone,
        loaded=loaded,
    )


async def book_places(platform: BenchPlatform, load: Load) -> Responses:
    """Book places of one event. Raises Wrong."""
    event_id = await platform.create_event("Places under load", CAPACITY)
    return await check_bookings(platform, {event_id}, await measure_responses(Places(event_id, platform.tokens), load))


async def _seats(platform: BenchPlatform, load: Load) -> Responses:
    event_id = await platform.create_event("Seats under load", HALL, PER_ROW)
    labels = tuple(position.label for position in seat_grid(0, HALL, PER_ROW))
    requests: Requests = Seats(event_id, platform.tokens, labels, load.connections, COLLIDES)
    responses = await measure_responses(requests, load)
    if responses.statuses[TAKEN] > responses.statuses[CREATED] / 10:
        raise Wrong(f"too many seats that should be free are taken: {responses.statuses}")
    del responses.statuses[TAKEN]
    return await check_bookings(platform, {event_id}, responses)


async def check_bookings(platform: BenchPlatform, event_ids: Collection[UUID], responses: Responses) -> Responses:
    """Return the responses. Raises Wrong unless each is a booking of one of the events, which have no others."""
    await platform.must_hold(event_ids, must_all_be(CREATED, responses).statuses[CREATED])
    for body in responses.sample.get(CREATED, ()):
        booking = json.loads(body)
        shown = (booking["status"], booking["quantity"], len(booking["tickets"]))
        if shown != ("confirmed", 1, 1) or UUID(booking["event_id"]) not in event_ids:
            raise Wrong(f"not a response to this request: {booking}")
    return responses


async def _probes(load: Load) -> dict[str, list[float]]:
    all_responses = await asyncio.gather(
        *(measure_responses(page, replace(load, connections=1, pause=pause)) for page, pause in PROBES.values())
    )
    return {name: must_all_be(OK, responses).latencies for name, responses in zip(PROBES, all_responses, strict=True)}


def must_all_be(status: int, responses: Responses) -> Responses:
    """Return the responses. Raises Wrong if one has another status, or did not come."""
    if responses.broken or set(responses.statuses) != {status}:
        raise Wrong(f"every response should be {status}; they are {responses.statuses}, {responses.broken} broke off")
    return responses
