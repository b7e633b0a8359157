"""Doing what a confirmed bulk run says, one target after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.accounts.administering import ChangeUser
from core.accounts.errors import UserNotFound
from core.accounts.ports import Users
from core.administration.model import ITEMS_AT_ONCE, BulkAction, BulkItem, BulkRun, BulkRunId, BulkStatus, Outcome
from core.administration.ports import AdministrationUnitOfWork
from core.booking.cancelling import CancelBooking
from core.catalog.model import EventStatus
from core.event_editing.changing import ChangeEvent
from core.jobs.managing import RetryJob
from core.jobs.model import JobId
from core.notifications.managing import RetryNotification
from core.shared.access import Principal, Role
from core.shared.clock import Clock
from core.shared.errors import Forbidden, Refusal, Unavailable
from core.shared.ids import BookingId, EventId, UserId
from core.shared.paging import PageRequest


@dataclass(frozen=True, slots=True)
class BulkCommands:
    """The use cases that bulk actions consist of. Each target is a transaction of its own, with its own audit entry."""

    cancel_booking: CancelBooking
    change_event: ChangeEvent
    change_user: ChangeUser
    retry_job: RetryJob
    retry_notification: RetryNotification

    async def apply(self, action: BulkAction, target: UUID, by: Principal) -> None:
        """Do the action with one target. All are idempotent. Raises the refusal of the use case."""
        match action:
            case BulkAction.CANCEL_BOOKINGS:
                await self.cancel_booking(BookingId(target), by=by)
            case BulkAction.CLOSE_EVENTS:
                await self.change_event(EventId(target), by=by, wanted={"status": EventStatus.CLOSED})
            case BulkAction.DEACTIVATE_EVENTS:
                await self.change_event(EventId(target), by=by, wanted={"status": EventStatus.INACTIVE})
            case BulkAction.DEACTIVATE_USERS:
                await self.change_user(UserId(target), by=by, is_active=False)
            case BulkAction.RETRY_JOBS:
                await self.retry_job(JobId(target), by=by)
            case BulkAction.RETRY_NOTIFICATIONS:
                await self.retry_notification(target, by=by)


@dataclass(frozen=True, slots=True)
class RunBulkAction:
    """Do a confirmed run: each of its pending targets in turn, recording what became of it.

    A refusal concerns one target alone. A run that was interrupted goes on where it stopped; the target it was at is
    done again, which changes nothing. If who confirmed it is no longer an admin, the rest is refused.
    """

    new_uow: Callable[[], AdministrationUnitOfWork]
    commands: BulkCommands
    clock: Clock

    async def __call__(self, run_id: BulkRunId) -> None:
        while True:
            run, by, pending = await self._read_next(run_id)
            if run.status is not BulkStatus.RUNNING or not pending:
                break
            for item in pending:
                await self._record(await self._do(run.action, item, by))
        await self._finish(run_id)

    async def _read_next(self, run_id: BulkRunId) -> tuple[BulkRun, Principal, Sequence[BulkItem]]:
        async with self.new_uow() as uow:
            run = await uow.bulk_runs.get(run_id)
            by = await _as_they_are_now(uow.users, run.actor_id)
            pending = await uow.bulk_runs.items(run_id, Outcome.PENDING, PageRequest(limit=ITEMS_AT_ONCE))
        return run, by, pending.items

    async def _do(self, action: BulkAction, item: BulkItem, by: Principal) -> BulkItem:
        try:
            if not by.is_admin:
                return item.refused(Forbidden("Who confirmed this is no longer an admin."))
            await self.commands.apply(action, item.target, by)
        except Unavailable:
            raise  # the job is retried, and goes on here
        except Refusal as refusal:
            return item.refused(refusal)
        return item.done()

    async def _record(self, item: BulkItem) -> None:
        async with self.new_uow() as uow:
            await uow.bulk_runs.save_item(item)
            await uow.commit()

    async def _finish(self, run_id: BulkRunId) -> None:
        async with self.new_uow() as uow:
            run = await uow.bulk_runs.get_for_update(run_id)
            if run.status is BulkStatus.RUNNING:
                await uow.bulk_runs.save(run.finish(self.clock.now()))
                await uow.commit()


async def _as_they_are_now(users: Users, user_id: UserId) -> Principal:
    """Return who confirmed a run, without a role if their account was deactivated or deleted since."""
    try:
        user = await users.get(user_id)
    except UserNotFound:
        return Principal(user_id, Role.USER)
    return Principal(user_id, user.role if user.is_active else Role.USER)
