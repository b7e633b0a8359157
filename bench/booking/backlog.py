"""`make bench-backlog`: bookings of an event with thousands of expired holds and waiting parties (P20)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text
from uvloop import new_event_loop

from bench import report
from bench.booking.requests import Places
from bench.booking.setup import BenchPlatform, Wrong, prepare_platform
from bench.load import Load, Responses, measure_responses
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

WAITLISTED = 202
PAUSE_SECONDS, POLL_SECONDS = 0.2, 0.5

_FILL = text("""
    WITH new AS (
        INSERT INTO bookings (
            id, event_id, user_id, quantity, status, amount, currency,
            waitlist_number, expires_at, created_at, updated_at
        )
        SELECT gen_random_uuid(), :event_id, (SELECT id FROM users ORDER BY id LIMIT 1), 1,
            CASE WHEN number <= :many THEN 'pending' ELSE 'waitlisted' END, 5.00, 'EUR',
            CASE WHEN number > :many THEN number - :many END,
            CASE WHEN number <= :many THEN now() - interval '1 minute' + number * interval '1 microsecond' END,
            now(), now()
        FROM generate_series(1, 2 * :many) AS number
    )
    UPDATE events SET booked_count = :many, waitlist_count = :many, last_waitlist_number = :many, price = 5.00,
        next_expiry = now() - interval '1 minute' + interval '1 microsecond'
    WHERE id = :event_id
""")
_COUNTS = text("""
    SELECT count(*) FILTER (WHERE status = 'pending' AND expires_at <= now()) AS unreleased,
        count(*) FILTER (WHERE waitlist_number <= :many) AS unpromoted,
        count(*) FILTER (WHERE waitlist_number > :many) AS newcomers_waiting
    FROM bookings WHERE event_id = :event_id
""")


def main(
    *,
    many: Annotated[int, typer.Option(help="How many holds have expired, and how many parties wait.")] = 10_000,
    connections: Annotated[int, typer.Option(help="How many clients book at once.")] = 4,
    seconds: Annotated[float, typer.Option(help="How long they book.")] = 10.0,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure how long a booking takes while thousands of holds are released and thousands of parties promoted.

    Stops when somebody overtakes the waitlist, or the backlog is not done within the time.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        found = runner.run(_measure(many, connections, seconds))
    bar = Bar("P20", "p99 of bookings with a backlog, in ms", p99(found.latencies) * 1000, found.figures, most=50)
    report.show([bar])
    print(report.write(results, "backlog", [bar], {"many": many, "done after": found.done_after}))


@dataclass(frozen=True, slots=True)
class Found:
    """How long the bookings took, and the seconds until nobody was left."""

    latencies: list[float]
    done_after: float

    @property
    def figures(self) -> str:
        slowest = max(self.latencies)
        return f"{len(self.latencies)} bookings, slowest {ms(slowest)}, done after {self.done_after:.1f} s"


async def _measure(many: int, connections: int, seconds: float) -> Found:
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
            platform = await prepare_platform(container, people=connections)
            event_id = await platform.create_event("Everybody at once", capacity=many)
            with serving(data_dir, "--worker") as (host, port):
                async with container.engine().begin() as connection:
                    await connection.execute(_FILL, {"event_id": event_id, "many": many})
                load = Load(host, port, connections, seconds, warm_up=0.0, pause=PAUSE_SECONDS)
                responses, done_after = await asyncio.gather(
                    measure_responses(Places(event_id, platform.tokens), load), _until_done(platform, event_id, many)
                )
            await _must_have_waited(platform, event_id, many, responses)
            await platform.must_be_sound()
        return Found(responses.latencies, done_after)


async def _until_done(platform: BenchPlatform, event_id: UUID, many: int) -> float:
    """Return the seconds until every expired hold is released and every party that waited is promoted."""
    started = perf_counter()
    while sum((await _counts(platform, event_id, many))[:2]):  # noqa: ASYNC110 - it is another process that does it
        await asyncio.sleep(POLL_SECONDS)
    return perf_counter() - started


async def _must_have_waited(platform: BenchPlatform, event_id: UUID, many: int, responses: Responses) -> None:
    """Raises Wrong unless exactly those who came later wait now: the others fill the event."""
    asked = responses.statuses[WAITLISTED]
    counts = await _counts(platform, event_id, many)
    if set(responses.statuses) != {WAITLISTED} or counts != (0, 0, asked):
        raise Wrong(f"{responses.statuses} were answered; unreleased, unpromoted and waiting after them are {counts}")


async def _counts(platform: BenchPlatform, event_id: UUID, many: int) -> tuple[int, int, int]:
    async with platform.container.engine().connect() as connection:
        row = (await connection.execute(_COUNTS, {"event_id": event_id, "many": many})).one()
    return row.unreleased, row.unpromoted, row.newcomers_waiting


if __name__ == "__main__":
    typer.run(main)
