"""`python -m bench.notifications`: P8 as a table and as JSON."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated
from uuid import UUID

import aiohttp
import typer
from uvloop import new_event_loop

from adapters.delivery.dispatcher import MAX_CONCURRENT, ParallelDispatcher
from adapters.delivery.http_service import HttpServiceSender
from bench import report
from bench.notifications.receiver import COUNTS, TAKE, run_receiver
from bench.report import Bar
from bench.running import ROOT, data_folder
from container import Container
from core.shared.messages import Message
from entrypoints.platform import open_platform
from entrypoints.relay import MAX_NOTIFICATION_BATCHES, run_concurrent_batches
from entrypoints.settings import Profile, Settings

TOKEN = "any-token"  # noqa: S105 - the receiver does not check it


class Wrong(Exception):
    """A message did not arrive, or arrived more than once."""


@dataclass(frozen=True, slots=True)
class Round:
    """Plain requests per second to the receiver, and notifications per second delivered to it."""

    plain: float
    delivered: float


def main(
    *,
    messages: Annotated[int, typer.Option(help="How many messages each measurement sends.")] = 5000,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure deliveries from the embedded database, with durable commits, to a receiver on this machine."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken = runner.run(_measure(rounds, messages))
    bars = [_bar(taken)]
    report.show(bars)
    measured = {
        "messages": messages,
        "max_concurrent": MAX_NOTIFICATION_BATCHES * MAX_CONCURRENT,
        "measured": [asdict(each) for each in taken],
    }
    print(report.write(results, "notifications", bars, measured))


async def _measure(rounds: int, messages: int) -> list[Round]:
    with data_folder() as data_dir, run_receiver() as receiver:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
        )
        async with open_platform(settings, create=True) as container:
            taken = []
            for number in range(1, rounds + 1):
                print(f"round {number} of {rounds}", flush=True)
                plain = await _measure_plain(receiver, number, messages)
                taken.append(Round(plain, await _measure_delivered(container, receiver, messages)))
        await _check_arrivals(receiver, 2 * rounds * messages)
    return taken


def _bar(taken: list[Round]) -> Bar:
    ratio = median(each.delivered / each.plain for each in taken)
    figures = f"{median(each.delivered for each in taken):.0f}/s ÷ {median(each.plain for each in taken):.0f}/s"
    return Bar("P8", "deliveries ÷ plain requests to the same receiver", ratio, figures, least=0.3)


async def _measure_plain(receiver: str, number: int, messages: int) -> float:
    """Return the requests per second of aiohttp's client alone, with as many at once as the worker sends."""
    ids = [str(UUID(int=number << 32 | each)) for each in range(messages)]
    body = {"email": "ada@example.com", "topic": "bench", "payload": {"name": "Ada"}}

    async def send(session: aiohttp.ClientSession) -> None:
        while ids:
            one = ids.pop()
            key = {"Idempotency-Key": one}
            async with session.post(f"{receiver}{TAKE}", json={"id": one, **body}, headers=key) as answer:
                await answer.read()

    async with aiohttp.ClientSession() as session:
        begin = perf_counter()
        await asyncio.gather(*(send(session) for _ in range(MAX_NOTIFICATION_BATCHES * MAX_CONCURRENT)))
        return messages / (perf_counter() - begin)


async def _measure_delivered(container: Container, receiver: str, messages: int) -> float:
    async with container.accounts() as uow:
        now, ids = container.clock().now(), container.ids()
        waiting = [
            Message(ids.new(), "bench", now, "ada@example.com", payload={"name": "Ada"}) for _ in range(messages)
        ]
        await uow.outbox.add(waiting)
        await uow.commit()
    delivery = HttpServiceSender(f"{receiver}{TAKE}", TOKEN, container.clock())
    deliver = replace(container.deliver_notifications(), dispatcher=ParallelDispatcher(delivery))
    begin = perf_counter()
    done = await run_concurrent_batches(deliver, asyncio.Event(), max_concurrent=MAX_NOTIFICATION_BATCHES)
    seconds = perf_counter() - begin
    await delivery.stop()
    if done != messages:
        raise Wrong(f"{messages} messages were waiting, but {done} were sent")
    return messages / seconds


async def _check_arrivals(receiver: str, expected: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{receiver}{COUNTS}") as answer:
        counts = await answer.json()
    if counts != {"taken": expected, "different": expected}:
        raise Wrong(f"{expected} messages were sent, but these arrived: {counts}")


if __name__ == "__main__":
    typer.run(main)
