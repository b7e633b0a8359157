"""The history of scrape runs, and the state of each source, for admins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.discovery.model import RunOutcome, Source, StoredRun
from core.discovery.ports import DiscoveryUnitOfWork, RunFilter
from core.shared.access import Principal
from core.shared.ids import RunId
from core.shared.paging import Page, PageRequest

RUNS_OF_SOURCE = 30
"""How many runs show the health of a source."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source and its last runs, newest first."""

    source: Source
    runs: Sequence[StoredRun]

    def count(self, outcome: RunOutcome | str) -> int:
        """Return how many of the runs ended in this way."""
        return sum(run.report.outcome == outcome for run in self.runs)

    @property
    def last(self) -> StoredRun | None:
        return self.runs[0] if self.runs else None


@dataclass(frozen=True, slots=True)
class ListRuns:
    """List the scrape runs, newest first. Admins only."""

    new_uow: Callable[[], DiscoveryUnitOfWork]

    async def __call__(self, wanted: RunFilter, page: PageRequest, *, by: Principal) -> Page[StoredRun]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.runs.search(wanted, page)


@dataclass(frozen=True, slots=True)
class ReadRun:
    """Return a scrape run with what it rejected and why. Admins only."""

    new_uow: Callable[[], DiscoveryUnitOfWork]

    async def __call__(self, run_id: RunId, *, by: Principal) -> StoredRun:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.runs.get(run_id)


@dataclass(frozen=True, slots=True)
class ListSources:
    """Return every source with its last runs. Admins only."""

    new_uow: Callable[[], DiscoveryUnitOfWork]

    async def __call__(self, *, by: Principal) -> Sequence[SourceHealth]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return [SourceHealth(source, await uow.runs.latest(source, RUNS_OF_SOURCE)) for source in Source]
