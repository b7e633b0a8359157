"""One request sent a thousand times at once over many connections, and again while the database is killed (B7)."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.crowd import Crowd
from tests.support.fault_tally import FaultTally, rounds
from tests.support.whole_platform import WholePlatform

REPLAYS, KEY = 1000, "again-0-1"


@pytest.mark.parametrize("round_number", rounds(small=1, full=5))
async def test_a_thousand_requests_with_one_key_are_one_booking_although_the_database_is_killed_meanwhile(
    platform: WholePlatform, crowd: Crowd, tally: FaultTally, round_number: int
) -> None:
    sending = [asyncio.create_task(crowd.send_until_answered(KEY)) for _ in range(REPLAYS)]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    assert not all(each.done() for each in sending)
    platform.kill_postmaster()
    answers = await asyncio.gather(*sending)
    crowd.answers[KEY] = answers[0]
    lost = await crowd.lost()
    tally.add("one key, a thousand times at once", requests=REPLAYS, retried=crowd.interrupted, lost=len(lost))
    assert {status for status, _ in answers} == {201}
    assert len({(body["id"], *body["seats"]) for _, body in answers}) == 1
    assert crowd.interrupted
    assert not lost
    assert not await platform.damage()
