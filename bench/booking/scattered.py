"""Bookings of many events that few people book each: how many, and how long they take while another is hot (P19)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from statistics import median

from bench.booking.requests import Scattered
from bench.booking.rounds import CREATED, book_places, check_bookings
from bench.booking.setup import BenchPlatform
from bench.load import Load, Responses, measure_responses
from bench.report import Bar, ms, p99

EVENTS, CAPACITY = 10_000, 10_000
QUIET_CONNECTIONS, QUIET_PAUSE = 16, 0.257
"""How many clients book quiet events while one is hot, and the seconds from one booking of each to the next."""


@dataclass(frozen=True, slots=True)
class ScatteredRound:
    """Bookings per second of one hot event, of many events, and of the hot one while a few people book the others; and
    the seconds that the bookings of those few take, alone and meanwhile.
    """

    hot: float
    scattered: float
    hot_beside_quiet: float
    quiet_alone: list[float]
    quiet_beside_hot: list[float]


async def measure_scattered(platform: BenchPlatform, load: Load) -> ScatteredRound:
    """Measure everything once. Raises Wrong when a response or the stored data is wrong."""
    quiet = replace(load, connections=QUIET_CONNECTIONS, pause=QUIET_PAUSE)
    hot = await book_places(platform, load)
    scattered = await _book_scattered(platform, load)
    alone = await _book_scattered(platform, quiet)
    hot_beside_quiet, beside_hot = await asyncio.gather(book_places(platform, load), _book_scattered(platform, quiet))
    await platform.must_be_sound()
    return ScatteredRound(
        hot=hot.per_second(CREATED),
        scattered=scattered.per_second(CREATED),
        hot_beside_quiet=hot_beside_quiet.per_second(CREATED),
        quiet_alone=alone.latencies,
        quiet_beside_hot=beside_hot.latencies,
    )


def scattered_bars(taken: list[ScatteredRound]) -> list[Bar]:
    """P19, and what a hot event and quiet ones take from each other. Each ratio is taken within a round."""
    scattered, hot = median(one.scattered for one in taken), median(one.hot for one in taken)
    beside = median(one.hot_beside_quiet for one in taken)
    slow, alone = median(p99(one.quiet_beside_hot) for one in taken), median(p99(one.quiet_alone) for one in taken)
    return [
        Bar(
            "P19",
            f"bookings of {EVENTS:,} events ÷ of one",
            median(one.scattered / one.hot for one in taken),
            f"{scattered:.0f}/s ÷ {hot:.0f}/s",
            least=0.5,
        ),
        Bar(
            "P19",
            "p99 of bookings of quiet events beside a hot one ÷ alone",
            median(p99(one.quiet_beside_hot) / p99(one.quiet_alone) for one in taken),
            f"{ms(slow)} ÷ {ms(alone)}",
            most=10,
        ),
        Bar(
            "P19",
            "bookings of a hot event beside quiet ones ÷ alone",
            median(one.hot_beside_quiet / one.hot for one in taken),
            f"{beside:.0f}/s ÷ {hot:.0f}/s",
            least=0.7,
        ),
    ]


def scattered_figures(one: ScatteredRound) -> dict[str, object]:
    times = {"alone": one.quiet_alone, "beside a hot event": one.quiet_beside_hot}
    return {
        "hot": one.hot,
        "scattered": one.scattered,
        "hot, beside quiet events": one.hot_beside_quiet,
        **{f"quiet events, {when}": {"p50": ms(median(some)), "p99": ms(p99(some))} for when, some in times.items()},
    }


async def _book_scattered(platform: BenchPlatform, load: Load) -> Responses:
    event_ids = await platform.create_events("One of many", CAPACITY, EVENTS)
    responses = await measure_responses(Scattered(event_ids, platform.tokens), load)
    return await check_bookings(platform, set(event_ids), responses)
