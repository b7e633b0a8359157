"""`make bench-growth`: one booking, cancellation and expiry on an event with many bookings, compared with few (P18)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import TextClause, text
from uvloop import new_event_loop

from bench import report
from bench.booking.setup import BenchPlatform, Wrong, prepare_platform
from bench.platform import embedded_settings
from bench.report import Bar, ms
from bench.running import ROOT, data_folder
from core.shared.ids import BookingId, EventId
from entrypoints.platform import open_platform

STEPS = ("booking", "cancellation", "expiry")
TIMES = 50
"""How often each step is measured."""
PER_WAITING = 10
"""How many bookings there are for each party that waits."""

_CREATE_BOOKINGS = text("""
    INSERT INTO bookings (id, event_id, user_id, quantity, status, amount, currency, channel, waitlist_number,
        expires_at, created_at, updated_at)
    SELECT gen_random_uuid(), :event_id, :user_id, 1, kind.status, 0.00, 'EUR', 'book',
        CASE kind.status WHEN 'waitlisted' THEN number END,
        CASE kind.status WHEN 'pending' THEN now() + interval '1 day' END,
        now(), now()
    FROM (
        VALUES
            ('confirmed', CAST(:confirmed AS int)),
            ('pending', CAST(:holds AS int)),
            ('waitlisted', CAST(:waiting AS int))
    ) AS kind (status, parties),
        generate_series(1, kind.parties) AS number
""")
_CREATE_TICKETS = text("""
    INSERT INTO tickets (id, booking_id, event_id, code)
    SELECT gen_random_uuid(), id, event_id, gen_random_uuid()::text
    FROM bookings WHERE event_id = :event_id AND status = 'confirmed'
""")
_COUNT = text("""
    UPDATE events SET booked_count = CAST(:confirmed AS int) + CAST(:holds AS int),
        waitlist_count = :waiting, last_waitlist_number = :waiting,
        next_expiry = (SELECT min(expires_at) FROM bookings WHERE event_id = :event_id)
    WHERE id = :event_id
""")
_LET_ONE_EXPIRE = text("""
    WITH hold AS (
        UPDATE bookings SET expires_at = now() - interval '1 second'
        WHERE id = (SELECT id FROM bookings WHERE event_id = :event_id AND status = 'pending' LIMIT 1)
        RETURNING event_id, expires_at
    )
    UPDATE events SET next_expiry = hold.expires_at FROM hold WHERE events.id = hold.event_id RETURNING id
""")
_ANY_CONFIRMED = text("SELECT id FROM bookings WHERE event_id = :event_id AND status = 'confirmed' LIMIT 1")


Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Growth:
    """The seconds that each step took, on an event with many bookings and on one with few."""

    many: Times
    few: Times


def main(
    *,
    bookings: Annotated[int, typer.Option(help="How many bookings the large event has.")] = 300_000,
    times: Annotated[int, typer.Option(help="How often each step is measured.")] = TIMES,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure the steps in turn on a large event and on a small one, with durable commits."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        growth = runner.run(_measure(bookings, times))
    bars = growth_bars(growth)
    report.show(bars)
    print(report.write(results, "growth", bars, {"bookings": bookings, "many": growth.many, "few": growth.few}))


async def _measure(bookings: int, times: int) -> Growth:
    with data_folder() as data_dir:
        async with open_platform(embedded_settings(data_dir), create=True) as container:
            return await measure_growth(await prepare_platform(container, people=1), bookings, times)


async def measure_growth(platform: BenchPlatform, bookings: int, times: int = TIMES) -> Growth:
    """Measure each step so many times, in turn on both events. Raises Wrong when a step or the stored data is wrong."""
    growth = Growth({step: [] for step in STEPS}, {step: [] for step in STEPS})
    many = await _create_full_event(platform, confirmed=bookings - times, holds=times, waiting=bookings // PER_WAITING)
    few = await _create_full_event(platform, confirmed=times, holds=times, waiting=2 * times)
    async with platform.container.engine().connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))  # as autovacuum would soon
    for number in range(times):
        for event_id, taken in ((many, growth.many), (few, growth.few)):
            await _measure_steps(platform, event_id, f"growth-{number}", taken)
    await platform.must_be_sound()
    return growth


def growth_bars(growth: Growth) -> list[Bar]:
    """P18, one bar for each step."""
    medians = {step: (median(growth.many[step]), median(growth.few[step])) for step in STEPS}
    return [
        Bar("P18", f"{step} on an event with many bookings ÷ few", many / few, f"{ms(many)} ÷ {ms(few)}", most=1.5)
        for step, (many, few) in medians.items()
    ]


async def _measure_steps(platform: BenchPlatform, event_id: EventId, key: str, taken: Times) -> None:
    """Take each step once. The event is full: who books waits, and what becomes free goes to the waitlist."""
    container, by = platform.container, platform.organizer.principal
    use_cases = container.use_cases().booking
    async with _timed(taken["booking"]):
        placed = await use_cases.place(event_id, by=by, key=key, quantity=1)
    confirmed = await _execute(platform, _ANY_CONFIRMED, event_id)
    async with _timed(taken["cancellation"]):
        await use_cases.cancel(BookingId(confirmed), by=by)
    await _execute(platform, _LET_ONE_EXPIRE, event_id)
    async with _timed(taken["expiry"]):
        expired = await container.expire_holds()()
    if not placed.was_waitlisted or expired != 1:
        raise Wrong(f"who books a full event should wait, and one event should have expired holds, not {expired}")


@asynccontextmanager
async def _timed(taken: list[float]) -> AsyncIterator[None]:
    begin = perf_counter()
    yield
    taken.append(perf_counter() - begin)


async def _create_full_event(platform: BenchPlatform, *, confirmed: int, holds: int, waiting: int) -> EventId:
    event_id = EventId(await platform.create_event("Long sold out", confirmed + holds))
    parties = {"confirmed": confirmed, "holds": holds, "waiting": waiting}
    values = {"event_id": event_id, "user_id": platform.organizer.id, **parties}
    async with platform.container.engine().begin() as connection:
        for statement in (_CREATE_BOOKINGS, _CREATE_TICKETS, _COUNT):
            await connection.execute(statement, values)
    return event_id


async def _execute(platform: BenchPlatform, statement: TextClause, event_id: EventId) -> UUID:
    async with platform.container.engine().begin() as connection:
        found: UUID = (await connection.execute(statement, {"event_id": event_id})).scalar_one()
    return found


if __name__ == "__main__":
    typer.run(main)
