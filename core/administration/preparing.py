"""Proposing, confirming and reading bulk runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.administration.candidates import Selection, find_candidates
from core.administration.model import PROPOSAL_LIFETIME, BulkAction, BulkItem, BulkRun, BulkRunId, BulkStatus, Outcome
from core.administration.ports import AdministrationUnitOfWork
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import IdGenerator
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class BulkRunView:
    """A run, how many of its items have each outcome, and a page of them."""

    run: BulkRun
    counts: Mapping[Outcome, int]
    items: Page[BulkItem]

    def count(self, *outcomes: Outcome) -> int:
        return sum(self.counts.get(each, 0) for each in outcomes or Outcome)


@dataclass(frozen=True, slots=True)
class ProposeBulkRun:
    """Store what an action would do with everything that is selected, and with what it would not. Nothing is done yet.

    Admins only. What matches a filter is what matches it now: the run has the same targets when it is confirmed.
    """

    new_uow: Callable[[], AdministrationUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, action: BulkAction, selection: Selection, *, by: Principal) -> BulkRun:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            candidates, effect = await find_candidates(action, selection, uow, by, now)
            run = BulkRun(BulkRunId(self.ids.new()), action, by.user_id, effect, now)
            await uow.bulk_runs.add(run, [BulkItem.of(each, self.ids.new(), run.id) for each in candidates])
            await uow.commit()
        return run


@dataclass(frozen=True, slots=True)
class ConfirmBulkRun:
    """Have a proposed run done by a worker. A dangerous one needs its word. Idempotent. Admins only."""

    new_uow: Callable[[], AdministrationUnitOfWork]
    clock: Clock

    async def __call__(self, run_id: BulkRunId, *, by: Principal, word: str = "") -> BulkRun:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            run = await uow.bulk_runs.get_for_update(run_id)
            if run.status is not BulkStatus.PROPOSED:
                return run
            pending = (await uow.bulk_runs.count_items(run_id)).get(Outcome.PENDING, 0)
            run = run.confirm(by.user_id, word, pending, now)
            await uow.bulk_runs.save(run)
            await uow.jobs.enqueue([run.job])
            await record_action(uow.audit, by, "bulk.confirmed", run_id, now, kind=run.action, targets=str(pending))
            await uow.commit()
        return run


@dataclass(frozen=True, slots=True)
class ReadBulkRun:
    """Return a run with a page of its items, all or those with an outcome. Admins only."""

    new_uow: Callable[[], AdministrationUnitOfWork]

    async def __call__(
        self, run_id: BulkRunId, page: PageRequest, *, by: Principal, outcome: Outcome | None = None
    ) -> BulkRunView:
        by.must_be_admin()
        async with self.new_uow() as uow:
            run = await uow.bulk_runs.get(run_id)
            counts = await uow.bulk_runs.count_items(run_id)
            return BulkRunView(run, counts, await uow.bulk_runs.items(run_id, outcome, page))


@dataclass(frozen=True, slots=True)
class ListBulkRuns:
    """List the bulk runs, newest first. Admins only."""

    new_uow: Callable[[], AdministrationUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[BulkRun]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.bulk_runs.search(page)


@dataclass(frozen=True, slots=True)
class ForgetBulkRuns:
    """Remove runs that nobody confirmed within a day, and those done longer ago than the retention period.

    Returns how many. What they did remains in the audit log.
    """

    new_uow: Callable[[], AdministrationUnitOfWork]
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            removed = await uow.bulk_runs.remove_old(
                proposed_before=now - PROPOSAL_LIFETIME, finished_before=now - self.retention
            )
            await uow.commit()
        return removed
