"""The summary of admins, which is kept until something changes, for a minute at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.analytics.model import Summary
from core.analytics.ports import AnalyticsUnitOfWork
from core.analytics.storing import dump_summary, load_summary
from core.shared.access import Principal
from core.shared.cache import Cache, Entry
from core.shared.clock import Clock
from core.shared.signals import CheckInsChanged, Signal

_SUMMARY = "admin summary"


def changes_summary(signal: Signal) -> bool:
    """Return whether the summary may differ after this signal: it counts everything but check-ins."""
    return not isinstance(signal, CheckInsChanged)


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """Return the figures of the platform. Admins only.

    They are kept for up to 60 seconds, and forgotten when a booking, an event or an account changes; `refresh`
    computes them now. Days are in UTC. A cancellation counts on the day on which the booking was cancelled, a booking
    on the day on which it was made, whatever has become of it. `revenue` is what was paid, without what was refunded,
    in each currency; amounts of different currencies are never added.
    """

    new_uow: Callable[[], AnalyticsUnitOfWork]
    clock: Clock
    cache: Cache

    async def __call__(self, *, by: Principal, refresh: bool = False) -> Summary:
        by.must_be_admin()
        if refresh:
            await self.cache.clear()
        is_new = False

        async def compute() -> Entry:
            nonlocal is_new
            is_new = True
            return Entry(dump_summary(await self._compute()), {})

        entry = await self.cache.get(_SUMMARY, compute)
        return replace(load_summary(entry.content), cached=not is_new)

    async def _compute(self) -> Summary:
        now = self.clock.now()
        async with self.new_uow() as uow:
            return Summary(
                generated_at=now,
                totals=await uow.figures.totals(now),
                top_events=await uow.figures.top_events(now),
                week=await uow.figures.week(now),
            )
