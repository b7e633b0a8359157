"""`python -m bench.booking`: P1 to P4, P18 and P19 as a table, as JSON and as an SVG."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from uvloop import new_event_loop

from bench import report
from bench.booking.chart import Line, draw
from bench.booking.growth import Growth, growth_bars, measure_growth
from bench.booking.rounds import PROBES, Round, Servers, measure_round
from bench.booking.scattered import ScatteredRound, measure_scattered, scattered_bars, scattered_figures
from bench.booking.setup import create_events, prepare_platform
from bench.load import Load
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

LISTED = 200


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 6.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 64,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    bookings: Annotated[int, typer.Option(help="How many bookings the large event of P18 has.")] = 300_000,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
    picture: Annotated[Path, typer.Option(help="The SVG file.")] = ROOT / "docs" / "booking-performance.svg",
) -> None:
    """Measure booking on the embedded database, with durable commits. Stops at a wrong response or wrong data."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        measured = runner.run(_measure(rounds, connections, seconds, warm_up, bookings))
    taken, scattered = measured.rounds, measured.scattered
    shown = bars_of(taken) + scattered_bars(scattered)
    bars = shown + growth_bars(measured.growth)
    report.show(bars)
    figures: dict[str, object] = {
        "seconds": seconds,
        "connections": connections,
        "rounds": rounds,
        "bookings": bookings,
        "durability": measured.durability,
        "measured": [_figures(each) | scattered_figures(beside) for each, beside in zip(taken, scattered, strict=True)],
    }
    print(report.write(results, "booking", bars, figures))
    picture.write_text(draw(_rates(taken, scattered), _response_times(taken), shown))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, and PostgreSQL's settings for durability meanwhile."""

    rounds: list[Round]
    scattered: list[ScatteredRound]
    growth: Growth
    durability: dict[str, str]


async def _measure(rounds: int, connections: int, seconds: float, warm_up: float, bookings: int) -> Measured:
    with data_folder() as data_dir, ExitStack() as started:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
            access_token_expire_minutes=1440,
        )
        # The database belongs to this process and outlives the servers, so that their data can be checked afterwards.
        async with open_platform(settings, create=True) as container:
            platform = await prepare_platform(container, people=connections)
            await create_events(platform, LISTED)

            def start(**options: str) -> Load:
                host, port = started.enter_context(serving(data_dir, **options))
                return Load(host, port, connections, seconds, warm_up)

            servers = Servers(start(), start(BOOKING_BATCH_SIZE="1"))
            taken, scattered = [], []
            for number in range(1, rounds + 1):
                print(f"round {number} of {rounds}", flush=True)
                taken.append(await measure_round(platform, servers))
            # Afterwards: the lists of events that were measured so far have a few hundred events.
            for number in range(1, rounds + 1):
                print(f"round {number} of {rounds} with many events", flush=True)
                scattered.append(await measure_scattered(platform, servers.batching))
            started.close()
            growth = await measure_growth(platform, bookings)
            durability = await platform.durability()
        return Measured(taken, scattered, growth, durability)


def bars_of(taken: list[Round]) -> list[Bar]:
    """P1 to P4. Each ratio is taken within a round, under the same conditions. The median counts."""

    def bar(name: str, what: str, over: Callable[[Round], float], under: Callable[[Round], float], least: float) -> Bar:
        ratio = median(over(each) / under(each) for each in taken)
        figures = f"{median(map(over, taken)):.0f}/s ÷ {median(map(under, taken)):.0f}/s"
        return Bar(name, what, ratio, figures, least=least)

    return [
        bar("P1", "bookings ÷ POSTs that do nothing", lambda one: one.places, lambda one: one.nothing, 0.5),
        bar("P2", "bookings ÷ one transaction each", lambda one: one.places, lambda one: one.places_single, 5),
        bar("P3", "named seats ÷ bookings", lambda one: one.seats, lambda one: one.places, 0.5),
        *(_slowdown(name, taken) for name in PROBES),
    ]


def _slowdown(name: str, taken: list[Round]) -> Bar:
    loaded, alone = median(p99(one.loaded[name]) for one in taken), median(p99(one.alone[name]) for one in taken)
    ratio = median(p99(one.loaded[name]) / p99(one.alone[name]) for one in taken)
    return Bar("P4", f"p99 of {name} under load ÷ alone", ratio, f"{ms(loaded)} ÷ {ms(alone)}", most=5)


def _rates(taken: list[Round], scattered: list[ScatteredRound]) -> list[Line]:
    rates = {
        "bookings of one event": median(one.places for one in taken),
        "bookings of 10,000 events": median(one.scattered for one in scattered),
        "bookings of named seats": median(one.seats for one in taken),
        "one transaction each": median(one.places_single for one in taken),
        "POSTs that do nothing": median(one.nothing for one in taken),
    }
    return [(what, rate, f"{rate:,.0f}/s") for what, rate in rates.items()]


def _response_times(taken: list[Round]) -> list[Line]:
    times = {
        f"{name}, {when}": median(p99(getattr(one, field)[name]) for one in taken)
        for name in PROBES
        for when, field in (("under load", "loaded"), ("alone", "alone"))
    }
    return [(what, time, ms(time)) for what, time in times.items()]


def _figures(one: Round) -> dict[str, object]:
    probes: dict[str, object] = {
        f"{name}, {when}": {"p50": ms(median(some)), "p99": ms(p99(some)), "asked": len(some)}
        for when, probe in (("alone", one.alone), ("under load", one.loaded))
        for name, some in probe.items()
    }
    rates = {"nothing": one.nothing, "places": one.places, "places_single": one.places_single, "seats": one.seats}
    return {**rates, **probes}


if __name__ == "__main__":
    typer.run(main)
