"""The use cases of administration on one store, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.system.ids import TimeOrderedIds
from core.accounts.administering import ChangeUser
from core.accounts.model import User
from core.administration.candidates import Filter, Selection
from core.administration.model import BulkAction, BulkRun, BulkRunId, Outcome
from core.administration.overview import ListConcerns
from core.administration.preparing import (
    BulkRunView,
    ConfirmBulkRun,
    ForgetBulkRuns,
    ListBulkRuns,
    ProposeBulkRun,
    ReadBulkRun,
)
from core.administration.running import BulkCommands, RunBulkAction
from core.booking.cancelling import CancelBooking
from core.event_editing.changing import ChangeEvent
from core.jobs.managing import RetryJob
from core.notifications.managing import RetryNotification
from core.shared.access import Principal, Role
from core.shared.paging import PageRequest
from tests.support.builders import a_user
from tests.support.stores import Store

RETENTION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AdministrationApp:
    """Bulk runs and what needs attention, with an admin who does everything."""

    store: Store
    admin: User
    propose_run: ProposeBulkRun
    confirm_run: ConfirmBulkRun
    read_run: ReadBulkRun
    list_runs: ListBulkRuns
    forget: ForgetBulkRuns
    run: RunBulkAction
    concerns: ListConcerns

    @property
    def by(self) -> Principal:
        return self.admin.principal

    async def propose(self, action: BulkAction, *ids: UUID, matching: Filter | None = None) -> BulkRun:
        return await self.propose_run(action, Selection(ids, matching), by=self.by)

    async def read(self, run_id: BulkRunId, outcome: Outcome | None = None) -> BulkRunView:
        return await self.read_run(run_id, PageRequest(limit=100), by=self.by, outcome=outcome)

    async def outcomes(self, run_id: BulkRunId) -> list[tuple[str, str, str | None]]:
        """Return the label, outcome and detail of every item."""
        return [(each.label, each.outcome, each.detail) for each in (await self.read(run_id)).items.items]


async def administration_app(store: Store) -> AdministrationApp:
    admin = a_user("admin@example.com", name="Mona", role=Role.ADMIN)
    async with store.accounts() as uow:
        await uow.users.add(admin)
        await uow.commit()
    ids, clock, new_uow = TimeOrderedIds(), store.clock, store.administration
    commands = BulkCommands(
        CancelBooking(store.booking, store.new_context),
        ChangeEvent(store.event_editing, store.new_context),
        ChangeUser(store.accounts, store.revocations, ids, clock),
        RetryJob(store.jobs, clock),
        RetryNotification(store.notifications, clock),
    )
    return AdministrationApp(
        store=store,
        admin=admin,
        propose_run=ProposeBulkRun(new_uow, ids, clock),
        confirm_run=ConfirmBulkRun(new_uow, clock),
        read_run=ReadBulkRun(new_uow),
        list_runs=ListBulkRuns(new_uow),
        forget=ForgetBulkRuns(new_uow, clock, RETENTION),
        run=RunBulkAction(new_uow, commands, clock),
        concerns=ListConcerns(new_uow, clock),
    )
