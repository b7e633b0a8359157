"""`make bench-pages`: the discover page and an event's page, beside the API and on a phone (P13)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from aiohttp import ClientSession
from uvloop import new_event_loop

from adapters.http.pages.discover.searches import PAGE_SIZE
from bench import report
from bench.booking.rounds import must_all_be
from bench.load import Load, Requests, measure_responses, request
from bench.pages.browser import Visit, open_browser, visit
from bench.platform import embedded_settings
from bench.report import Bar
from bench.running import ROOT, data_folder, serving
from bench.search.catalogs import Catalog, open_catalog
from bench.search.requests import Repeated
from bench.search.rows import fresh
from entrypoints.platform import run_database

OK = 200
EVENTS = 20
"""How many events are read in turn."""
DISCOVER, EVENT, UNSEEN = "discover page", "event page", "discover page, searched by nobody before"
LEAST = {DISCOVER: 0.3, EVENT: 0.3, UNSEEN: 0.1}
"""The bars. A search that no process has kept also counts its facets, which the API does in a request of its own."""
KB = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """A page, and the API's answer of the same data."""

    name: str
    page: Requests
    answer: Requests
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Responses per second of each pair in each round: of the page, and of the API. And what visits took."""

    rates: dict[str, list[tuple[float, float]]]
    visits: dict[str, list[Visit]]


def main(
    *,
    events: Annotated[int, typer.Option(help="How many events the catalog has.")] = 10_000,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 4.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 16,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure pages that an anonymous visitor opens, in turn with the API's answers, and visits in a browser."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        measured = runner.run(_measure(events, rounds, Load("", 0, connections, seconds, warm_up)))
    bars = [*_rate_bars(measured), *(bar for name in (DISCOVER, EVENT) for bar in _visit_bars(name, measured))]
    report.show(bars)
    visits = {name: [asdict(each) for each in some] for name, some in measured.visits.items()}
    print(report.write(results, "pages", bars, {"events": events, "rates": measured.rates, "visits": visits}))


async def _measure(events: int, rounds: int, load: Load) -> Measured:
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(data_folder())
        database = await opened.enter_async_context(run_database(embedded_settings(folder), create=True))
        catalog = await opened.enter_async_context(open_catalog(database, events, folder))
        host, port = opened.enter_context(serving(folder, **catalog.settings))
        here = Load(host, port, load.connections, load.seconds, load.warm_up)
        paths = await _event_paths(f"http://{host}:{port}")
        measured = Measured({}, {DISCOVER: [], EVENT: []})
        for pair in _pairs(catalog, paths):
            measured.rates[pair.name] = [await _rates(pair, here) for _ in range(rounds)]
        browser = await opened.enter_async_context(open_browser())
        for _ in range(rounds):
            for name, path in ((DISCOVER, "/"), (EVENT, paths[0])):
                measured.visits[name].append(await visit(browser, f"http://{host}:{port}{path}"))
        return measured


async def _event_paths(base: str) -> list[str]:
    """Return the addresses of the pages of some events: that of an event without its name leads there."""
    async with ClientSession(base) as client:
        async with client.get("/api/events", params={"limit": str(EVENTS)}) as response:
            event_ids = [each["id"] for each in (await response.json())["items"]]
        paths = []
        for event_id in event_ids:
            async with client.get(f"/events/{event_id}") as response:
                paths.append(response.url.raw_path)
    return paths


def _pairs(catalog: Catalog, paths: Sequence[str]) -> list[Pair]:
    pages = tuple(request("GET", path, {}) for path in paths)
    events = tuple(request("GET", f"/api/events/{path.split('/')[2]}", {}) for path in paths)
    listed = f"/api/events?limit={PAGE_SIZE}"
    return [
        Pair(DISCOVER, Repeated((request("GET", "/", {}),)), Repeated((request("GET", listed, {}),))),
        Pair(EVENT, Repeated(pages), Repeated(events)),
        # As many as can search at once: further ones wait, and are refused after two seconds.
        Pair(UNSEEN, fresh(catalog, ["/"]), fresh(catalog, [listed]), connections=2),
    ]


async def _rates(pair: Pair, load: Load) -> tuple[float, float]:
    load = replace(load, connections=pair.connections or load.connections)
    page = must_all_be(OK, await measure_responses(pair.page, load))
    answer = must_all_be(OK, await measure_responses(pair.answer, load))
    return page.per_second(OK), answer.per_second(OK)


def _rate_bars(measured: Measured) -> list[Bar]:
    bars = []
    for name, rates in measured.rates.items():
        page, answer = (median(each[side] for each in rates) for side in (0, 1))
        ratio = median(page / answer for page, answer in rates)
        bars.append(
            Bar("P13", f"{name} ÷ the API's answer", ratio, f"{page:.0f}/s ÷ {answer:.0f}/s", least=LEAST[name])
        )
    return bars


def _visit_bars(name: str, measured: Measured) -> list[Bar]:
    visits = measured.visits[name]
    html, everything = max(each.html for each in visits) / KB, max(each.everything for each in visits) / KB
    paint = median(each.largest_paint for each in visits)
    return [
        Bar("P13", f"{name}: kB of HTML, compressed", html, "first visit", most=30),
        Bar("P13", f"{name}: kB of everything", everything, "first visit", most=80),
        Bar("P13", f"{name}: seconds to the largest paint", paint, "throttled, on a phone", most=1.5),
    ]


if __name__ == "__main__":
    typer.run(main)
