"""What is due is done, once, however many workers there are (D8)."""

from __future__ import annotations

import asyncio
from collections import Counter

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.schedules import Scheduled, run_schedules

EVERY_SECOND = "* * * * * */1"


async def test_two_workers_never_run_the_same_schedule_twice(engine: AsyncEngine) -> None:
    running, done = Counter[str](), Counter[str]()
    enough, stop = asyncio.Event(), asyncio.Event()

    def work(worker: str) -> Scheduled:
        async def run() -> str:
            running["now"] += 1
            running["most"] = max(running["most"], running["now"])
            await asyncio.sleep(0.1)
            running["now"] -= 1
            done[worker] += 1
            if done.total() == 3:
                enough.set()
            return worker

        return Scheduled("tick", EVERY_SECOND, run)

    workers = [asyncio.create_task(run_schedules(engine, [work(name)], stop)) for name in ("one", "two")]
    await asyncio.wait_for(enough.wait(), 30)
    stop.set()
    await asyncio.gather(*workers)
    assert running["most"] == 1


async def test_a_schedule_that_fails_is_run_again(engine: AsyncEngine) -> None:
    tries, stop = Counter[str](), asyncio.Event()

    async def fail() -> None:
        tries["all"] += 1
        if tries["all"] == 2:
            stop.set()
        raise ValueError("no luck")

    await asyncio.wait_for(run_schedules(engine, [Scheduled("unlucky", EVERY_SECOND, fail)], stop), 30)
    assert tries["all"] == 2
