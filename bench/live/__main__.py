"""`python -m bench.live`: P14 as a table and as JSON."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated
from uuid import UUID

import typer
from uvloop import new_event_loop

from bench import report
from bench.booking.requests import Places, Seats
from bench.booking.rounds import CREATED, HALL, PER_ROW, TAKEN, check_bookings, must_all_be
from bench.booking.setup import BenchPlatform, Wrong, prepare_platform
from bench.live.watchers import Crowd, Watched, watching
from bench.load import Load, Responses, measure_responses
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, serving
from core.booking.seats import seat_grid
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

CAPACITY = 1_000_000
PROBES, SEATS_OF_PROBE = 4, 500
MAX_AGE_SECONDS = 0.5


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 6.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients book at once.")] = 64,
    watchers: Annotated[int, typer.Option(help="How many clients watch the event.")] = 2000,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure bookings of one event with and without watchers, on the embedded database, with durable commits; and the
    age of a taken seat when they see it. Stops if a watcher is lost or gets nothing.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken = runner.run(_measure(rounds, watchers, connections, seconds, warm_up))
    bars = bars_of(taken)
    report.show(bars)
    settings = {"seconds": seconds, "connections": connections, "watchers": watchers}
    measured = [
        asdict(each) | {"ages": {"p50": ms(median(each.ages)), "p99": ms(p99(each.ages)), "seen": len(each.ages)}}
        for each in taken
    ]
    print(report.write(results, "live", bars, {**settings, "measured": measured}))


@dataclass(frozen=True, slots=True)
class Round:
    """Bookings per second, alone and with watchers; messages that each watcher got per second; bookings of named seats
    per second with watchers, and the ages of seats at these, in seconds.
    """

    alone: float
    watched: float
    messages: float
    seats: float
    ages: list[float]


def bars_of(taken: list[Round]) -> list[Bar]:
    """P14: a ratio of each round, and the age of a seat as a share of what is allowed. The median counts."""
    ratio = median(each.watched / each.alone for each in taken)
    figures = f"{median(each.watched for each in taken):.0f}/s ÷ {median(each.alone for each in taken):.0f}/s"
    age = median(p99(each.ages) for each in taken)
    return [
        Bar("P14", "bookings with watchers ÷ without", ratio, figures, least=0.6),
        Bar("P14", "p99 of the age of a seat ÷ 500 ms", age / MAX_AGE_SECONDS, ms(age), most=1),
    ]


async def _measure(rounds: int, watchers: int, connections: int, seconds: float, warm_up: float) -> list[Round]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
            access_token_expire_minutes=1440,
        )
        async with open_platform(settings, create=True) as container:
            platform = await prepare_platform(container, people=connections + PROBES)
            with serving(data_dir, LIVE_CONNECTIONS_PER_ADDRESS=str(watchers + 1)) as (host, port):
                load = Load(host, port, connections, seconds, warm_up)
                taken = []
                for number in range(1, rounds + 1):
                    print(f"round {number} of {rounds}", flush=True)
                    taken.append(await _measure_round(platform, load, watchers))
            await platform.must_be_sound()
            return taken


async def _measure_round(platform: BenchPlatform, load: Load, watchers: int) -> Round:
    alone = await _book_places(platform, load, await platform.create_event("Alone", CAPACITY))
    event_id = await platform.create_event("Watched", CAPACITY)
    async with watching(Crowd(load.host, load.port, event_id, watchers)) as crowd:
        watched = await _book_places(platform, load, event_id)
        seen = await crowd.stop()
    messages = _messages_per_second(seen, load)
    seats, ages = await _watch_seats(platform, load, watchers)
    return Round(alone, watched, messages, seats, ages)


async def _book_places(platform: BenchPlatform, load: Load, event_id: UUID) -> float:
    responses = await measure_responses(Places(event_id, platform.tokens[: load.connections]), load)
    return (await check_bookings(platform, {event_id}, responses)).per_second(CREATED)


async def _watch_seats(platform: BenchPlatform, load: Load, watchers: int) -> tuple[float, list[float]]:
    """Have named seats booked as fast as possible, and some more whose ages are measured."""
    event_id = await platform.create_event("Seats", HALL, PER_ROW)
    labels = tuple(position.label for position in seat_grid(0, HALL, PER_ROW))
    own = [labels[each * SEATS_OF_PROBE : (each + 1) * SEATS_OF_PROBE] for each in range(PROBES)]
    probes = tuple(zip(platform.tokens[load.connections :], own, strict=True))
    tokens, others = platform.tokens[: load.connections], labels[PROBES * SEATS_OF_PROBE :]
    async with watching(Crowd(load.host, load.port, event_id, watchers, probes)) as crowd:
        responses = await measure_responses(Seats(event_id, tokens, others, load.connections, collides=50), load)
        seen = await crowd.stop()
    _messages_per_second(seen, load)
    if not seen.ages:
        raise Wrong("no watcher has seen a seat go")
    return _seats_per_second(responses), seen.ages


def _seats_per_second(responses: Responses) -> float:
    del responses.statuses[TAKEN]
    return must_all_be(CREATED, responses).per_second(CREATED)


def _messages_per_second(seen: Watched, load: Load) -> float:
    if seen.broken or not all(seen.messages):
        raise Wrong(f"{seen.broken} watchers were disconnected, and {seen.messages.count(0)} got nothing")
    return median(seen.messages) / (load.seconds + load.warm_up)


if __name__ == "__main__":
    typer.run(main)
