"""Kept figures are forgotten after a signal of a change (H1)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from adapters.memory.cache import MemoryCache
from adapters.memory.cache_invalidation import CacheInvalidation
from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.system import SetClock
from adapters.memory.signals import MemorySignals
from core.analytics.summarizing import changes_summary
from core.shared.cache import Entry
from core.shared.ids import EventId
from core.shared.lifecycle import lifespan
from core.shared.signals import AccountsChanged, BookingsChanged, CheckInsChanged, EventsChanged, Signal, SignalsLost
from tests.support.builders import NOW

EVENT_ID = EventId(uuid4())


@pytest.mark.parametrize(
    ("signal", "is_kept"),
    [
        (BookingsChanged(EVENT_ID, sold=1, available=0, waitlist_count=0), False),
        (EventsChanged((EVENT_ID,)), False),
        (AccountsChanged(), False),
        (SignalsLost(NOW), False),
        (CheckInsChanged(EVENT_ID), True),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_signal_of_what_figures_count_forgets_them(signal: Signal, is_kept: bool) -> None:
    signals, cache = MemorySignals(), MemoryCache(SetClock(NOW), MemoryMetrics(), seconds=60)
    contents = iter([b"old", b"new"])

    async def compute() -> Entry:
        return Entry(next(contents), {})

    async with lifespan([CacheInvalidation(signals, cache, changes_summary)]):
        await cache.get("figures", compute)
        signals.publish([signal])
        await asyncio.sleep(0)
        assert (await cache.get("figures", compute)).content == (b"old" if is_kept else b"new")
