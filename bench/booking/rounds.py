"""One round of measuring: everything once, one after the other, and all answers accounted for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from bench.booking.requests import Nothing, Places, Seats
from bench.booking.setup import Stage, Wrong
from bench.load import Answers, Load, Page, Questions, answers_to
from bench.server import NOTHING
from core.booking.seats import seat_grid

CAPACITY, HALL, PER_ROW = 1_000_000, 50_000, 100
COLLIDES = 50
OK, CREATED, TAKEN = 200, 201, 409
PROBES = {"/api/events": (Page("/api/events?limit=20"), 0.041), "/healthz": (Page("/healthz"), 0.037)}
"""What is asked beside a rush, and how many seconds apart: not in step, or one would meet the other always or never."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Two processes on one database, and how they are asked: one as it is, one with gathering off."""

    gathering: Load
    single: Load


@dataclass(frozen=True, slots=True)
class Round:
    """Answers a second; and the seconds that each probe took, alone and while a rush was on."""

    nothing: float
    places: float
    places_single: float
    seats: float
    alone: dict[str, list[float]]
    rushed: dict[str, list[float]]


async def measured(stage: Stage, servers: Servers) -> Round:
    """Everything once. Raises Wrong when an answer or the books are not what they should be."""
    load = servers.gathering
    nothing = _all(CREATED, await answers_to(Nothing(NOTHING, uuid4(), stage.tokens), load))
    places = await _places(stage, load)
    single = await _places(stage, servers.single)
    seats = await _seats(stage, load)
    alone = await _probes(load)
    _, rushed = await asyncio.gather(_places(stage, load), _probes(load))
    await stage.must_be_sound()
    return Round(
        nothing=nothing.per_second(CREATED),
        places=places.per_second(CREATED),
        places_single=single.per_second(CREATED),
        seats=seats.per_second(CREATED),
        alone=alone,
        rushed=rushed,
    )


async def _places(stage: Stage, load: Load) -> Answers:
    event_id = await stage.event("A rush", CAPACITY)
    answers = _all(CREATED, await answers_to(Places(event_id, stage.tokens), load))
    return await _booked(stage, event_id, answers)


async def _seats(stage: Stage, load: Load) -> Answers:
    event_id = await stage.event("A rush on seats", HALL, PER_ROW)
    labels = tuple(place.label for place in seat_grid(0, HALL, PER_ROW))
    questions: Questions = Seats(event_id, stage.tokens, labels, load.connections, COLLIDES)
    answers = await answers_to(questions, load)
    if answers.statuses[TAKEN] > answers.statuses[CREATED] / 10:
        raise Wrong(f"of seats that should be free, too many are not: {answers.statuses}")
    del answers.statuses[TAKEN]
    return await _booked(stage, event_id, _all(CREATED, answers))


async def _booked(stage: Stage, event_id: UUID, answers: Answers) -> Answers:
    await stage.must_hold(event_id, answers.statuses[CREATED])
    for body in answers.sample.get(CREATED, ()):
        booking = json.loads(body)
        told = (booking["status"], booking["event_id"], booking["quantity"], len(booking["tickets"]))
        if told != ("confirmed", str(event_id), 1, 1):
            raise Wrong(f"not an answer to what was asked: {booking}")
    return answers


async def _probes(load: Load) -> dict[str, list[float]]:
    all_answers = await asyncio.gather(
        *(answers_to(page, replace(load, connections=1, pause=pause)) for page, pause in PROBES.values())
    )
    return {name: _all(OK, answers).latencies for name, answers in zip(PROBES, all_answers, strict=True)}


def _all(status: int, answers: Answers) -> Answers:
    if answers.broken or set(answers.statuses) != {status}:
        raise Wrong(f"every answer should be {status}; they are {answers.statuses}, {answers.broken} broken off")
    return answers
