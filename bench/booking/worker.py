"""`make bench-worker`: bookings with the worker in the API process, as `nocturne serve` has it (P21)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from sqlalchemy import text
from uvloop import new_event_loop

from bench import report
from bench.booking.requests import Places
from bench.booking.setup import prepare_platform
from bench.load import Load, measure_responses
from bench.report import Bar
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

CAPACITY, CREATED = 1_000_000, 201

_FORGET_MESSAGES = text("TRUNCATE booking_notices, outbox")
"""What one measurement left to be written and sent would slow the worker of the next."""


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 6.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 64,
    rounds: Annotated[int, typer.Option(help="How often both are measured; the median is reported.")] = 5,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure bookings of one event by a process that also is the worker and logs every request, and by one that does
    neither, one after the other.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken = runner.run(_measure(rounds, connections, seconds, warm_up))
    ratio = median(together / alone for together, alone in taken)
    figures = " ÷ ".join(f"{median(rates):.0f}/s" for rates in zip(*taken, strict=True))
    bar = Bar("P21", "bookings with worker and request log ÷ without", ratio, figures, least=0.9)
    report.show([bar])
    print(report.write(results, "worker", [bar], {"rounds": taken}))


async def _measure(rounds: int, connections: int, seconds: float, warm_up: float) -> list[tuple[float, float]]:
    """Return the bookings per second with and without, for each round."""
    with data_folder() as data_dir, (data_dir.parent / "log").open("wb") as log:
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

            async def measure(worker: str, log_level: str) -> float:
                """Start a process, book one event, and stop the process: its worker would still be writing messages."""
                event_id = await platform.create_event("Places under load", CAPACITY)
                with serving(data_dir, worker, log, LOG_LEVEL=log_level) as (host, port):
                    load = Load(host, port, connections, seconds, warm_up)
                    responses = await measure_responses(Places(event_id, platform.tokens), load)
                await platform.must_hold({event_id}, responses.statuses[CREATED])
                async with container.engine().begin() as connection:
                    await connection.execute(_FORGET_MESSAGES)
                return responses.per_second(CREATED)

            return [(await measure("--worker", "info"), await measure("--no-worker", "warning")) for _ in range(rounds)]


if __name__ == "__main__":
    typer.run(main)
