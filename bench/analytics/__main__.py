"""`python -m bench.analytics`: P16 as a table and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer
from sqlalchemy import text
from uvloop import new_event_loop

from bench import report
from bench.analytics.bookings import add_year
from bench.report import Bar, ms
from bench.running import ROOT, data_folder
from container import Container
from core.shared.access import Principal, Role
from core.shared.ids import UserId
from entrypoints.demo import seed_catalog
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

_RECOUNT = """
SELECT coalesce(sum(quantity) FILTER (WHERE status = 'confirmed'), 0) AS sold,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
       coalesce(sum(amount) FILTER (WHERE status = 'confirmed'), 0) AS paid
FROM bookings
"""


class Wrong(Exception):
    """A figure is not what a plain recount gives."""


def main(
    *,
    bookings: Annotated[int, typer.Option(help="How many bookings there are.")] = 1_000_000,
    events: Annotated[int, typer.Option(help="How many events there are, most of them gathered.")] = 20_000,
    users: Annotated[int, typer.Option(help="How many people have booked.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="How often each figure is computed.")] = 9,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure, on the embedded database, how long the figures take that are not kept."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        seconds = runner.run(_measure(bookings, events, users, rounds))
    bars = _bars(seconds, f"{bookings:,} bookings")
    report.show(bars)
    print(report.write(results, "analytics", bars, {"bookings": bookings, "events": events, "seconds": seconds}))


def _bars(seconds: dict[str, list[float]], size: str) -> list[Bar]:
    most = {"admin summary": 300.0, "homepage figures": 20.0}
    return [
        Bar(
            "P16",
            f"{name} at {size}, not kept, median in ms",
            median(times) * 1000,
            f"{ms(min(times))} to {ms(max(times))}",
            most=most.get(name, 1_000.0),
        )
        for name, times in seconds.items()
    ]


async def _measure(bookings: int, events: int, users: int, rounds: int) -> dict[str, list[float]]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
        )
        async with open_platform(settings, create=True) as container:
            await seed_catalog(container, events, lambda _: None)
            await add_year(container.engine(), users, bookings, container.clock().now())
            await _check(container)
            return {name: [await _time(read) for _ in range(rounds)] for name, read in _figures(container).items()}


def _figures(container: Container) -> dict[str, Callable[[], Awaitable[object]]]:
    analytics, admin = container.use_cases().analytics, Principal(UserId(container.ids().new()), Role.ADMIN)

    async def read_homepage() -> object:
        await container.homepage_cache().clear()
        return await analytics.read_homepage()

    return {
        "admin summary": lambda: analytics.read_summary(by=admin, refresh=True),
        "homepage figures": read_homepage,
        "statistics of all events": lambda: analytics.read_statistics(by=admin),
    }


async def _check(container: Container) -> None:
    """Compare what was counted with a plain recount. Raises Wrong."""
    now = container.clock().now()
    async with container.engine().connect() as connection:
        recount = (await connection.execute(text(_RECOUNT))).one()
    async with container.analytics() as uow:
        homepage, totals = await uow.figures.homepage(now), await uow.figures.totals(now)
    paid = sum(each.amount for each in totals.revenue)
    counted = (homepage.total_tickets_sold, totals.cancelled, paid)
    if counted != tuple(recount):
        raise Wrong(f"counted {counted}, and there are {tuple(recount)}")


async def _time(read: Callable[[], Awaitable[object]]) -> float:
    begin = perf_counter()
    await read()
    return perf_counter() - begin


if __name__ == "__main__":
    typer.run(main)
