"""`python -m bench.alerts`: P9 as a table and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer
from sqlalchemy import text
from uvloop import new_event_loop

from bench import report
from bench.alerts.people import People
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder
from container import Container
from core.alerts.model import Subscription
from core.catalog.model import Event
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

AT_ONCE = 5000
LONGEST = 20_000
"""Letters that a description may have."""


class Wrong(Exception):
    """An event was told to nobody, or to somebody twice."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How long it took to match each event, in seconds; and how many were told of them."""

    searches: int
    seconds: list[float]
    told: int


def main(
    *,
    searches: Annotated[int, typer.Option(help="How many saved searches there are in the end.")] = 100_000,
    few: Annotated[int, typer.Option(help="How many there are at first.")] = 1_000,
    events: Annotated[int, typer.Option(help="How many events are matched each time.")] = 200,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure how long it takes to find, on the embedded database, who wants to know of an event, and to tell them."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        at_first, in_the_end, longest = runner.run(_measured(searches, few, events))
    bars = _bars(at_first, in_the_end, longest)
    report.show(bars)
    told = {"measured": [asdict(each) for each in (at_first, in_the_end, longest)]}
    print(report.write(results, "alerts", bars, told))


def _bars(at_first: Measured, in_the_end: Measured, longest: Measured) -> list[Bar]:
    one, other = median(at_first.seconds), median(in_the_end.seconds)
    size = f"{in_the_end.searches:,}"
    figures = f"p99 {ms(p99(in_the_end.seconds))}, {in_the_end.told / len(in_the_end.seconds):.1f} told of each"
    return [
        Bar("E1", f"an event against {size} searches, median in ms", other * 1000, figures, most=50),
        Bar("E1", f"the same ÷ against {at_first.searches:,}", other / one, f"{ms(other)} ÷ {ms(one)}", most=5),
        Bar(
            "E1",
            f"an event of {LONGEST:,} letters, median in ms",
            median(longest.seconds) * 1000,
            f"p99 {ms(p99(longest.seconds))}, {longest.told / len(longest.seconds):.1f} told of each",
            most=100,
        ),
    ]


async def _measured(searches: int, few: int, events: int) -> tuple[Measured, Measured, Measured]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
        )
        async with open_platform(settings) as container:
            people, now, ids = People(), container.clock().now(), container.ids()
            subscribing = people.subscriptions(searches, ids, now)
            await _subscribed(container, islice(subscribing, few))
            at_first = await _matched(container, few, list(people.events(events, ids, now)))
            await _subscribed(container, subscribing)
            in_the_end = await _matched(container, searches, list(people.events(events, ids, now)))
            long_ones = list(people.events(max(events // 10, 2), ids, now, LONGEST))
            longest = await _matched(container, searches, long_ones)
    return at_first, in_the_end, longest


async def _subscribed(container: Container, subscriptions: Iterator[Subscription]) -> None:
    while some := list(islice(subscriptions, AT_ONCE)):
        async with container.alerts() as uow:
            await uow.subscriptions.put(some)
            await uow.commit()
    # As a database does by itself, in its own time.
    async with container.engine().connect() as connection:
        await connection.execute(text("ANALYZE subscriptions"))
        await connection.commit()


async def _matched(container: Container, searches: int, events: Sequence[Event]) -> Measured:
    """Each event on its own, as if each was made by somebody else."""
    async with container.catalog() as uow:
        for event in events:
            await uow.events.add(event)
        await uow.commit()
    match, seconds, told = container.match_events(), [], 0
    for event in events:
        begin = perf_counter()
        told += await match([event.id])
        seconds.append(perf_counter() - begin)
    if told == 0:
        raise Wrong("nobody was told of anything")
    if await match([event.id for event in events]):
        raise Wrong("somebody was told twice")
    return Measured(searches, seconds, told)


if __name__ == "__main__":
    typer.run(main)
