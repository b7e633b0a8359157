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

BATCH_SIZE = 5000
MAX_DESCRIPTION_LENGTH = 20_000
"""The longest description that an event may have, in characters."""


class Wrong(Exception):
    """No alert was sent, or one was sent twice."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The seconds that it took to match each event, and the number of alerts sent."""

    searches: int
    seconds: list[float]
    alerts: int


def main(
    *,
    searches: Annotated[int, typer.Option(help="How many saved searches there are in the end.")] = 100_000,
    few: Annotated[int, typer.Option(help="How many there are at first.")] = 1_000,
    events: Annotated[int, typer.Option(help="How many events are matched each time.")] = 200,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure, on the embedded database, how long it takes to find the searches for an event and send the alerts."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        with_few, with_all, longest = runner.run(_measure(searches, few, events))
    bars = _bars(with_few, with_all, longest)
    report.show(bars)
    measured = {"measured": [asdict(each) for each in (with_few, with_all, longest)]}
    print(report.write(results, "alerts", bars, measured))


def _bars(with_few: Measured, with_all: Measured, longest: Measured) -> list[Bar]:
    one, other = median(with_few.seconds), median(with_all.seconds)
    size = f"{with_all.searches:,}"
    figures = f"p99 {ms(p99(with_all.seconds))}, {with_all.alerts / len(with_all.seconds):.1f} alerts for each"
    return [
        Bar("E1", f"matching an event against {size} searches, median in ms", other * 1000, figures, most=50),
        Bar("E1", f"the same ÷ against {with_few.searches:,}", other / one, f"{ms(other)} ÷ {ms(one)}", most=5),
        Bar(
            "E1",
            f"an event of {MAX_DESCRIPTION_LENGTH:,} characters, median in ms",
            median(longest.seconds) * 1000,
            f"p99 {ms(p99(longest.seconds))}, {longest.alerts / len(longest.seconds):.1f} alerts for each",
            most=100,
        ),
    ]


async def _measure(searches: int, few: int, events: int) -> tuple[Measured, Measured, Measured]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
        )
        async with open_platform(settings, create=True) as container:
            people, now, ids = People(), container.clock().now(), container.ids()
            subscribing = people.subscriptions(searches, ids, now)
            await _add_subscriptions(container, islice(subscribing, few))
            with_few = await _match_events(container, few, list(people.events(events, ids, now)))
            await _add_subscriptions(container, subscribing)
            with_all = await _match_events(container, searches, list(people.events(events, ids, now)))
            long_ones = list(people.events(max(events // 10, 2), ids, now, MAX_DESCRIPTION_LENGTH))
            longest = await _match_events(container, searches, long_ones)
    return with_few, with_all, longest


async def _add_subscriptions(container: Container, subscriptions: Iterator[Subscription]) -> None:
    while some := list(islice(subscriptions, BATCH_SIZE)):
        async with container.alerts() as uow:
            await uow.subscriptions.put(some)
            await uow.commit()
    # The database would do this by itself, but later.
    async with container.engine().connect() as connection:
        await connection.execute(text("ANALYZE subscriptions"))
        await connection.commit()


async def _match_events(container: Container, searches: int, events: Sequence[Event]) -> Measured:
    """Match each event separately, as if different organizers had created them."""
    async with container.catalog() as uow:
        for event in events:
            await uow.events.add(event)
        await uow.commit()
    match, seconds, alerts = container.match_events(), [], 0
    for event in events:
        begin = perf_counter()
        alerts += await match([event.id])
        seconds.append(perf_counter() - begin)
    if alerts == 0:
        raise Wrong("no alert was sent")
    if await match([event.id for event in events]):
        raise Wrong("an alert was sent twice")
    return Measured(searches, seconds, alerts)


if __name__ == "__main__":
    typer.run(main)
