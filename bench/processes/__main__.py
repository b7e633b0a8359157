"""`make bench-processes`: a mixed load over many events on two API processes ÷ on one (P10)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated
from uuid import UUID, uuid4

import psutil
import typer
from uvloop import new_event_loop

from bench import report
from bench.booking.setup import BenchPlatform, Wrong, prepare_platform
from bench.load import Load, Responses, measure_responses
from bench.platform import embedded_settings
from bench.processes.requests import Mixed
from bench.report import Bar
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform

EVENTS, CAPACITY = 10_000, 10_000
OK, CREATED = 200, 201


@dataclass(frozen=True, slots=True)
class Taken:
    """Responses per second of one process and of two, and how many cores of the machine were busy meanwhile."""

    one: float
    two: float
    busy_with_one: float
    busy_with_two: float


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 6.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 64,
    rounds: Annotated[int, typer.Option(help="How often both are measured; the median is reported.")] = 5,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure the same load, in turn on one process and divided between two. The load generator and PostgreSQL run on
    the same cores: with one process, the report says how many were busy, which limits what a second one can add.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken = runner.run(_measure(rounds, Load("", 0, connections, seconds, warm_up)))
    one, two = median(each.one for each in taken), median(each.two for each in taken)
    busy, cores = median(each.busy_with_one for each in taken), os.cpu_count() or 1
    figures = f"{two:.0f}/s ÷ {one:.0f}/s; with one, {busy:.1f} of {cores} cores were busy"
    bar = Bar("P10", "two API processes ÷ one, mixed load", median(e.two / e.one for e in taken), figures, least=1.5)
    report.show([bar])
    print(f"The most that {cores} cores could give is {cores / busy:.2f}: one process left that much unused.")
    print(report.write(results, "processes", [bar], {"rounds": [asdict(each) for each in taken], "cores": cores}))


async def _measure(rounds: int, load: Load) -> list[Taken]:
    with data_folder() as data_dir, ExitStack() as started:
        async with open_platform(embedded_settings(data_dir), create=True) as container:
            platform = await prepare_platform(container, people=load.connections)
            event_ids = await platform.create_events("One of many", CAPACITY, EVENTS)
            addresses = [started.enter_context(serving(data_dir)) for _ in range(2)]
            loads = [replace(load, host=host, port=port) for host, port in addresses]
            halves = [replace(each, connections=load.connections // 2) for each in loads]
            taken, booked = [], 0
            for _ in range(rounds):
                one, busy_with_one, first = await _measure_once(platform, event_ids, loads[:1])
                two, busy_with_two, second = await _measure_once(platform, event_ids, halves)
                taken.append(Taken(one, two, busy_with_one, busy_with_two))
                booked += first + second
            await platform.must_hold(event_ids, booked)
            await platform.must_be_sound()
        return taken


async def _measure_once(
    platform: BenchPlatform, event_ids: tuple[UUID, ...], loads: Sequence[Load]
) -> tuple[float, float, int]:
    """Return the responses per second, how many cores were busy, and how many bookings were made."""
    before, began = _busy_seconds(), perf_counter()
    responses = await asyncio.gather(
        *(measure_responses(Mixed(uuid4().hex, event_ids, platform.tokens), load) for load in loads)
    )
    busy = (_busy_seconds() - before) / (perf_counter() - began)
    return sum(map(_rate, responses)), busy, sum(each.statuses[CREATED] for each in responses)


def _rate(responses: Responses) -> float:
    """Return the responses per second. Raises Wrong if one has another status, or did not come."""
    if responses.broken or set(responses.statuses) != {OK, CREATED}:
        raise Wrong(f"every response should be 200 or 201: {responses.statuses}, {responses.broken} broke off")
    return responses.per_second(OK) + responses.per_second(CREATED)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


if __name__ == "__main__":
    typer.run(main)
