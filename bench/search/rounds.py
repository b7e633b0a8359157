"""Measure every row on every catalog, and what a flood of searches leaves of bookings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from bench.booking.requests import Places
from bench.booking.setup import Wrong
from bench.load import Load, Page, Responses, measure_responses
from bench.report import ms, p99
from bench.search.catalogs import Catalog
from bench.search.rows import COMMON, DEEP, LIST, SEARCHES, SLOW_TO_LOOK_UP, Row, fresh, make_rows

OK, CREATED, OVERLOADED = 200, 201, (429, 503)
CAPACITY = 1_000_000
PROBE_PAUSE = 0.037


@dataclass(frozen=True, slots=True)
class Server:
    """A catalog, the load on its server and on its rival, and what is measured there."""

    catalog: Catalog
    load: Load
    rival: Load
    rows: dict[str, Row]

    @staticmethod
    async def prepare(catalog: Catalog, load: Load, rival: Load) -> Server:
        rows = await make_rows(catalog, load)
        return Server(catalog, load, rival, {row.name: row for row in rows})


@dataclass(slots=True)
class Figures:
    """Responses per second with the expected status, and the seconds that all took: one number for each round."""

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, responses: Responses, status: int) -> None:
        latencies = _latencies(responses)
        self.rates.append(responses.per_second(status))
        self.p50s.append(median(latencies))
        self.p99s.append(p99(latencies))
        self.refused += sum(responses.statuses[each] for each in OVERLOADED)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def p50(self) -> float:
        return median(self.p50s)

    @property
    def p99(self) -> float:
        return median(self.p99s)


@dataclass(frozen=True, slots=True)
class Flood:
    """Bookings per second alone and during the flood, the seconds that /healthz took during it, and the searches."""

    alone: float
    flooded: float
    healthz: list[float]
    searches: dict[int, int]


async def measure_rows(servers: Sequence[Server], rounds: int) -> dict[str, dict[int, Figures]]:
    """Measure each row on all catalogs, one after the other, so that they meet the same other load. Raises Wrong."""
    measured = {name: {server.catalog.size: Figures() for server in servers} for name in servers[0].rows}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", flush=True)
        for name, by_size in measured.items():
            for server in servers:
                row = server.rows[name]
                responses = await measure_responses(row.requests, server.rival if row.of_rival else server.load)
                _check(row, responses)
                by_size[server.catalog.size].add(responses, row.status)
            print(
                f"{name}: {', '.join(f'{ms(each.p50s[-1])} of {size:,}' for size, each in by_size.items())}", flush=True
            )
    return measured


def _check(row: Row, responses: Responses) -> None:
    if responses.broken or set(responses.statuses) - {row.status, *OVERLOADED}:
        raise Wrong(f"{row.name}: every response should be {row.status}; they are {responses.statuses}")
    for body in responses.sample.get(OK, ()):
        page = json.loads(body)
        if row.name in (COMMON, DEEP) and not page["items"]:
            raise Wrong(f"{row.name}: found nothing")


async def measure_flood(server: Server, connections: int) -> Flood:
    """Measure bookings of one event alone, and while as many connections send the worst searches. Raises Wrong."""
    load = replace(server.load, connections=connections)
    alone = await _bookings(server, load)
    worst = fresh(server.catalog, [*_worst_searches(), *server.rows[DEEP].paths])
    flooded, searches, healthz = await asyncio.gather(
        _bookings(server, load),
        measure_responses(worst, load),
        measure_responses(Page("/healthz"), replace(load, connections=1, pause=PROBE_PAUSE)),
    )
    return Flood(alone, flooded, _latencies(healthz), dict(searches.statuses))


def _latencies(responses: Responses) -> list[float]:
    """Return the latencies. While a request takes longer than the measurement, all that is known is that it does."""
    return responses.latencies if len(responses.latencies) > 1 else [responses.seconds] * 2


def _worst_searches() -> list[str]:
    return [f"{LIST}{query}" for name in (COMMON, *SLOW_TO_LOOK_UP) for query in SEARCHES[name]]


async def _bookings(server: Server, load: Load) -> float:
    platform = server.catalog.platform
    event_id = await platform.create_event("Places under load", CAPACITY)
    responses = await measure_responses(Places(event_id, platform.tokens), load)
    if responses.broken or set(responses.statuses) - {CREATED, *OVERLOADED}:
        raise Wrong(f"every booking should be {CREATED}; they are {responses.statuses}")
    if not responses.statuses[503]:  # a request that was given up on may have been served all the same
        await platform.must_hold({event_id}, responses.statuses[CREATED])
    return responses.per_second(CREATED)
