"""`make bench-memory`: what an API process keeps after many bookings, and after a day of traffic (P11)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from aiohttp import ClientSession
from uvloop import new_event_loop

from bench import report
from bench.booking.requests import Places
from bench.booking.setup import BenchPlatform, prepare_platform
from bench.curve import Points, draw
from bench.load import Load, measure_responses
from bench.memory.requests import Traffic
from bench.platform import embedded_settings
from bench.report import Bar
from bench.running import ROOT, data_folder, serving, serving_process
from entrypoints.platform import open_platform

FEW = 1_000
EVENTS, CAPACITY = 2_000, 1_000_000
PEOPLE, PASSWORD = 50, "correct horse"
SOCKETS = 20
"""How many connections are opened in each hour for live updates, and how many begin a request and break off."""
CHEAP = {"ARGON2_TIME_COST": "1", "ARGON2_MEMORY_KIB": "1024", "ACCESS_TOKEN_EXPIRE_MINUTES": "1440"}
MB = 1024**2


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes that belong to the process alone, over the bookings that it made and over the hours of traffic."""

    by_bookings: Points
    by_hours: Points


def main(
    *,
    bookings: Annotated[int, typer.Option(help="How many bookings.")] = 100_000,
    hours: Annotated[int, typer.Option(help="How many hours of traffic.")] = 24,
    seconds: Annotated[
        float, typer.Option(help="How long an hour takes: at full speed, a minute of a busy site.")
    ] = 5.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 32,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
    picture: Annotated[Path, typer.Option(help="The SVG file.")] = ROOT / "docs" / "memory.svg",
) -> None:
    """Measure the memory of one process that books, and of another that serves pages, lists, searches and logins."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        memory = runner.run(_measure(bookings, hours, Load("", 0, connections, seconds, 0.0)))
    bars = [
        _growth(f"memory after {memory.by_bookings[-1][0]:,.0f} bookings ÷ {FEW:,}", memory.by_bookings),
        _growth(f"memory after {hours} hours of traffic ÷ 1", memory.by_hours),
    ]
    report.show(bars)
    print(report.write(results, "memory", bars, {"bookings": memory.by_bookings, "hours": memory.by_hours}))
    done = {"bookings": _shares(memory.by_bookings), "traffic": _shares(memory.by_hours)}
    picture.write_text(
        draw("Memory of an API process", f"up to {bookings:,} bookings; up to {hours} hours of traffic", done, "MB")
    )


def _growth(what: str, points: Points) -> Bar:
    first, last = points[0][1], points[-1][1]
    return Bar("P11", what, last / first, f"{last:.0f} MB ÷ {first:.0f} MB", most=1.2)


def _shares(points: Points) -> Points:
    """Return the points over how much of all was done, so that both curves fit into one picture."""
    return [(100 * done / points[-1][0], memory) for done, memory in points]


async def _measure(bookings: int, hours: int, load: Load) -> Memory:
    with data_folder() as data_dir:
        async with open_platform(embedded_settings(data_dir), create=True) as container:
            platform = await prepare_platform(container, people=PEOPLE)
            with serving(data_dir, **CHEAP) as (host, port):
                by_bookings = await _book(platform, bookings, replace(load, host=host, port=port))
            with serving(data_dir, **CHEAP) as (host, port):
                by_hours = await _pass_hours(platform, hours, replace(load, host=host, port=port))
            await platform.must_be_sound()
    return Memory(by_bookings, by_hours)


async def _book(platform: BenchPlatform, bookings: int, load: Load) -> Points:
    """Make a thousand bookings of one event, and then all others of other events. Return the memory meanwhile."""
    points: list[tuple[float, float]] = []
    booked, seconds = 0, 0.5
    few = min(FEW, bookings // 10)
    while booked < bookings:
        event_id = await platform.create_event("Places under load", CAPACITY)
        responses = await measure_responses(
            Places(event_id, platform.tokens), replace(load, connections=64, seconds=seconds)
        )
        await platform.must_hold({event_id}, responses.statuses[201])
        booked += responses.statuses[201]
        if booked >= few:
            points.append((booked, _own_memory(load.port)))
            seconds = load.seconds
    return points


async def _pass_hours(platform: BenchPlatform, hours: int, load: Load) -> Points:
    """Return the memory after each hour."""
    event_ids = await platform.create_events("An evening", CAPACITY, EVENTS)
    emails = await _sign_up(load)
    points = []
    for hour in range(1, hours + 1):
        traffic = Traffic(hour, event_ids, platform.tokens, emails, PASSWORD)
        responses, _ = await asyncio.gather(measure_responses(traffic, load), _come_and_go(load, event_ids[hour]))
        if unexpected := {status for status in responses.statuses if status >= 500}:
            print(f"hour {hour}: {responses.statuses}, among them {unexpected}")
        points.append((float(hour), _own_memory(load.port)))
    return points


async def _sign_up(load: Load) -> tuple[str, ...]:
    async with ClientSession(f"http://{load.host}:{load.port}") as client:
        emails = tuple(f"visitor-{number}@example.com" for number in range(PEOPLE))
        for email in emails:
            body = {"name": "Visitor", "email": email, "password": PASSWORD}
            async with client.post("/api/auth/signup", json=body) as response:
                response.raise_for_status()
    return emails


async def _come_and_go(load: Load, event_id: UUID) -> None:
    """Open sockets for live updates and close half of them; begin requests and break off."""

    async def watch(client: ClientSession, is_polite: bool) -> None:
        socket = await client.ws_connect("/ws")
        await socket.send_json({"event": "join", "data": {"event_id": str(event_id)}})
        await socket.receive()
        if is_polite:
            await socket.close()

    async def break_off() -> None:
        _, writer = await asyncio.open_connection(load.host, load.port)
        writer.write(b"POST /api/auth/login HTTP/1.1\r\nHost: bench\r\nContent-Length: 100\r\n\r\nhalf of")
        await writer.drain()
        writer.transport.abort()

    steps: list[Callable[[], Awaitable[None]]] = []
    async with ClientSession(f"http://{load.host}:{load.port}") as client:
        steps += [lambda number=number: watch(client, number % 2 == 0) for number in range(SOCKETS)]  # type: ignore[misc]
        steps += [break_off] * SOCKETS
        for step in steps:
            await step()
            await asyncio.sleep(load.seconds / len(steps))


def _own_memory(port: int) -> float:
    """Return the megabytes of the serving process that it shares with no other."""
    return float(serving_process(port).memory_full_info().uss) / MB


if __name__ == "__main__":
    typer.run(main)
