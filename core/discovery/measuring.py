"""The health of sources, for the metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.discovery.model import RunOutcome, Source
from core.discovery.ports import DiscoveryUnitOfWork, RunFilter
from core.shared.metrics import Metrics
from core.shared.paging import PageRequest

_NEWEST = PageRequest(limit=1)


@dataclass(frozen=True, slots=True)
class MeasureSources:
    """Update the metrics of the last run of each source, and of its last success. Clear them if the store is
    unavailable.
    """

    new_uow: Callable[[], DiscoveryUnitOfWork]
    metrics: Metrics

    async def __call__(self) -> None:
        last_success: dict[str, datetime] = {}
        listings: dict[tuple[str, str], int] = {}
        try:
            async with self.new_uow() as uow:
                for source in Source:
                    for run in await uow.runs.latest(source, 1):
                        listings[source, "found"] = run.report.found
                        listings[source, "rejected"] = len(run.report.rejected)
                    for run in (await uow.runs.search(RunFilter(source, RunOutcome.STORED), _NEWEST)).items:
                        last_success[source] = run.report.finished_at
        finally:
            self.metrics.set_sources(last_success, listings)
