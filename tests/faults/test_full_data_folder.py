"""The disk of the whole embedded database is full, so that PostgreSQL can't start; for `make faults`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.exc import DBAPIError

from adapters.embedded_postgres.supervision import RETRY_SECONDS
from tests.support.crowd import Crowd, kill_in_a_rush
from tests.support.fault_tally import FaultTally
from tests.support.postgres_processes import postmaster, public_folder, query
from tests.support.small_disk import fill, small_disk
from tests.support.whole_platform import WholePlatform, open_event, sign_up, whole_platform

FULL_SECONDS = sum(RETRY_SECONDS) + 5
"""Longer than the pauses between attempts to start it go on growing."""
NEW_FILE_OF_THE_LOG = "SELECT pg_switch_wal() FROM (SELECT pg_logical_emit_message(false, 'a', repeat('a', 1000)))"


@pytest.fixture
def disk() -> Iterator[Path]:
    with public_folder() as folder, small_disk(folder / "disk", megabytes=200) as disk:
        yield disk


@pytest.fixture
def small_platform(disk: Path) -> Iterator[WholePlatform]:
    with whole_platform({}, disk) as platform:
        yield platform


@pytest.mark.parametrize("round_number", range(3))
async def test_nothing_is_lost_and_the_platform_is_back_when_there_is_space(
    small_platform: WholePlatform, disk: Path, tally: FaultTally, round_number: int
) -> None:
    async def have_a_full_disk() -> None:
        ballast = fill(disk)
        while postmaster(small_platform.data_dir) is not None:
            try:
                await asyncio.to_thread(query, small_platform.database_url, NEW_FILE_OF_THE_LOG)
            except (DBAPIError, OSError):
                await asyncio.sleep(0.05)
        await asyncio.sleep(FULL_SECONDS)
        ballast.unlink()
        crowd.note_remedy()

    tokens = await sign_up(small_platform, people=4)
    async with aiohttp.ClientSession(small_platform.url) as client:
        crowd = Crowd(client, await open_event(client, tokens[0], capacity=100), tokens)
        await kill_in_a_rush(crowd, have_a_full_disk, each=12, after=16)
        lost = await crowd.lost()
        oversold = await crowd.oversold()
    count = len(crowd.answers)
    tally.add(
        "data folder full", requests=count, retried=crowd.interrupted, lost=len(lost), back_after=crowd.back_after
    )
    assert not lost
    assert not oversold
    assert not await small_platform.damage()
