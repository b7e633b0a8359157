"""`python -m bench.search`: P5 and P6 and more as a table, as JSON and as an SVG."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from uvloop import new_event_loop

from bench import report
from bench.load import Load
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, running, serving
from bench.search import rows
from bench.search.catalogs import Catalog, open_catalog
from bench.search.chart import draw
from bench.search.rounds import Figures, Flood, Server, measure_flood, measure_rows
from entrypoints.platform import run_database
from entrypoints.settings import Profile, Settings

Measured = Mapping[str, Mapping[int, Figures]]
SLOWEST = 0.1
"""A rate in responses per second, for what did not respond in the measured time."""
COMPARED = (rows.CACHED, rows.FROM_MEMORY, rows.EMPTY_GET, rows.RIVAL_PLAIN, rows.RIVAL_COMMON, rows.CANCELLED)
"""What is no row of P5."""


def main(
    *,
    sizes: Annotated[str, typer.Option(help="How many events the catalogs have, separated by commas.")] = (
        "1000,100000,1000000"
    ),
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 2.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 0.5,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 16,
    flood: Annotated[int, typer.Option(help="How many clients send searches while as many others book.")] = 64,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    data: Annotated[Path | None, typer.Option(help="Where the catalogs are kept for the next time.")] = None,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
    picture: Annotated[Path, typer.Option(help="The SVG file.")] = ROOT / "docs" / "search-performance.svg",
) -> None:
    """Measure lists and searches on the embedded database. Stops at a wrong response."""
    counts = sorted(int(size) for size in sizes.split(","))
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        load = Load("", 0, connections, seconds, warm_up)
        measured, flooded = runner.run(_measure(counts, load, flood, rounds, data))
    bars = [*_bars(measured, counts), *_flood_bars(flooded)]
    report.show(bars)
    figures = {name: {size: asdict(each) for size, each in by_size.items()} for name, by_size in measured.items()}
    asked = {"seconds": seconds, "connections": connections, "rounds": rounds, "sizes": counts}
    print(report.write(results, "search", bars, asked | {"measured": figures, "flood": asdict(flooded)}))
    picture.write_text(
        draw({name: {size: by_size[size].p50 for size in counts} for name, by_size in measured.items()}, counts)
    )


async def _measure(
    sizes: Sequence[int], load: Load, flood: int, rounds: int, data: Path | None
) -> tuple[Measured, Flood]:
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(data_folder() if data is None else nullcontext(data))
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=folder,
        )
        url = await opened.enter_async_context(run_database(settings, create=True))
        catalogs = [await opened.enter_async_context(open_catalog(url, size, folder)) for size in sizes]
        servers = [await _start(opened, catalog, load, folder) for catalog in catalogs]
        return await measure_rows(servers, rounds), await measure_flood(servers[-1], flood)


async def _start(opened: AsyncExitStack, catalog: Catalog, load: Load, folder: Path) -> Server:
    host, port = opened.enter_context(serving(folder, **catalog.settings))
    database_url = catalog.settings["DATABASE_URL"].replace("+asyncpg", "")
    rival_host, rival_port = opened.enter_context(running("bench.search.rival", database_url))
    return await Server.prepare(catalog, _at(load, host, port), _at(load, rival_host, rival_port))


def _at(load: Load, host: str, port: int) -> Load:
    return Load(host, port, load.connections, load.seconds, load.warm_up)


def _bars(measured: Measured, sizes: Sequence[int]) -> Iterator[Bar]:
    smallest, largest = sizes[0], sizes[-1]
    for name, by_size in measured.items():
        if name not in COMPARED:
            one, other = by_size[smallest].p50, by_size[largest].p50
            what = f"{name}: {largest:,} events ÷ {smallest:,}, p50"
            yield Bar("P5", what, other / one, f"{ms(other)} ÷ {ms(one)}", most=3)
    for size in sizes:
        at = {name: by_size[size] for name, by_size in measured.items()}
        yield _rates("P6", at, rows.PLAIN, rows.FROM_MEMORY, size, 0.3)
        yield _rates("P6", at, rows.CACHED, rows.FROM_MEMORY, size, 0.3)
        yield _rates("list", at, rows.PLAIN, rows.RIVAL_PLAIN, size, 0.35)
        yield _rates("event", at, rows.EVENT, rows.EMPTY_GET, size, 0.5)
    at = {name: by_size[largest] for name, by_size in measured.items()}
    for name in at:
        if name not in (*COMPARED, rows.PLAIN, rows.BOOKINGS, rows.EVENT, rows.UNCHANGED):
            yield _slower("plain", at, name, rows.PLAIN, largest)
    yield _slower("bookings", at, rows.CANCELLED, rows.BOOKINGS, largest)


def _rates(bar: str, at: Mapping[str, Figures], over: str, under: str, size: int, least: float) -> Bar:  # noqa: PLR0917
    figures = f"{at[over].rate:.0f}/s ÷ {at[under].rate:.0f}/s"
    return Bar(
        bar, f"{over} ÷ {under}, {size:,} events", at[over].rate / max(at[under].rate, SLOWEST), figures, least=least
    )


def _slower(bar: str, at: Mapping[str, Figures], over: str, under: str, size: int) -> Bar:
    ratio, figures = at[over].p50 / at[under].p50, f"{ms(at[over].p50)} ÷ {ms(at[under].p50)}"
    return Bar(bar, f"{over} ÷ {under}, {size:,} events, p50", ratio, figures, most=3)


def _flood_bars(flood: Flood) -> Iterator[Bar]:
    figures = f"{flood.flooded:.0f}/s ÷ {flood.alone:.0f}/s"
    yield Bar("flood", "bookings during a flood of searches ÷ alone", flood.flooded / flood.alone, figures, least=0.5)
    slowest = p99(flood.healthz) * 1000
    yield Bar("flood", "99th percentile of /healthz meanwhile, in ms", slowest, f"{len(flood.healthz)} sent", most=50)


if __name__ == "__main__":
    typer.run(main)
