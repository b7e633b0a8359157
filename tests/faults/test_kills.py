"""Each kind of process killed in a rush of bookings: nothing answered is lost, and nothing is oversold (J1, J5).

`make faults` does it many times, and prints what was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psutil
import pytest

from adapters.postgres.shared.engine import create_engine
from tests.support.crowd import Crowd, kill_in_a_rush
from tests.support.fault_tally import IS_FULL, FaultTally, rounds
from tests.support.postgres_processes import postmaster
from tests.support.waiting import until
from tests.support.whole_platform import WholePlatform

EACH, AFTER = 12, 16
"""How often everybody books, and after how many answers something is killed."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What is killed, and whether those who book notice it: they get a 503 or a broken connection, and try again."""

    kill: Callable[[WholePlatform, Crowd], Awaitable[None]]
    is_noticed: bool


async def _kill_api(platform: WholePlatform, _: Crowd) -> None:
    await asyncio.to_thread(platform.kill_api)
    await asyncio.to_thread(platform.start_api)


async def _kill_worker(platform: WholePlatform, _: Crowd) -> None:
    await asyncio.to_thread(platform.kill_worker)
    await asyncio.to_thread(platform.start_worker)


async def _kill_postmaster(platform: WholePlatform, _: Crowd) -> None:
    killed = platform.kill_postmaster()
    await until(lambda: postmaster(platform.data_dir) not in (None, killed))


async def _kill_backend(platform: WholePlatform, _: Crowd) -> None:
    while (killed := platform.kill_backend()) is None:  # noqa: ASYNC110 - the rush goes on meanwhile
        await asyncio.sleep(0)
    await until(lambda: not psutil.pid_exists(killed))


async def _kill_redis(platform: WholePlatform, crowd: Crowd) -> None:
    platform.redis.kill()
    await crowd.until_answered(len(crowd.answers) + 16)
    await asyncio.to_thread(platform.redis.start)


KILLS = {
    "API process": Kill(_kill_api, is_noticed=True),
    "worker": Kill(_kill_worker, is_noticed=False),
    "postmaster": Kill(_kill_postmaster, is_noticed=True),
    "one backend": Kill(_kill_backend, is_noticed=True),
    "Redis": Kill(_kill_redis, is_noticed=False),
}


IN_ORDINARY_RUNS = ("worker", "postmaster", "one backend", "Redis")
"""An API process takes seconds to start again: `test_everything_killed.py` kills one in every run."""


@pytest.mark.parametrize("round_number", rounds(small=1, full=25))
@pytest.mark.parametrize("what", KILLS if IS_FULL else IN_ORDINARY_RUNS)
async def test_nothing_answered_is_lost_when_it_is_killed_in_a_rush(
    platform: WholePlatform, crowd: Crowd, tally: FaultTally, what: str, round_number: int
) -> None:
    kill = KILLS[what]
    await kill_in_a_rush(crowd, lambda: kill.kill(platform, crowd), each=EACH, after=AFTER)
    lost = await crowd.lost()
    tally.add(what, requests=len(crowd.answers), retried=crowd.interrupted, lost=len(lost), back_after=crowd.back_after)
    assert not lost
    assert not await crowd.oversold()
    assert not await platform.damage()
    assert (crowd.interrupted > 0) == kill.is_noticed


async def test_control_a_database_that_does_not_wait_for_the_disk_loses_what_was_answered(
    platform: WholePlatform, crowd: Crowd
) -> None:
    careless = ("synchronous_commit = off", "wal_writer_delay = '10s'")
    await set_durability(platform, *(f"ALTER SYSTEM SET {setting}" for setting in careless))
    await kill_in_a_rush(crowd, lambda: _kill_postmaster(platform, crowd), each=EACH // 2, after=AFTER)
    assert await crowd.lost()
    await set_durability(platform, "ALTER SYSTEM RESET ALL")


async def set_durability(platform: WholePlatform, *statements: str) -> None:
    engine = create_engine(platform.database_url, pool_size=1)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in (*statements, "SELECT pg_reload_conf()"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()
