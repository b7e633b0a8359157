"""What a bulk action would do with each of the things it was asked for, and what it would do as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from core.accounts.model import User
from core.accounts.ports import UserFilter
from core.administration.errors import NothingSelected
from core.administration.model import MAX_TARGETS, BulkAction, Candidate, must_not_be_too_many
from core.administration.ports import AdministrationUnitOfWork
from core.booking.model import ENDED, BookingStatus
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingFilter, BookingView
from core.catalog.model import Event, EventStatus, EventView
from core.catalog.search import EventQuery
from core.jobs.model import JobId, JobRecord, JobStatus
from core.jobs.ports import JobFilter
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.shared.access import Principal
from core.shared.errors import NotFound
from core.shared.ids import BookingId, EventId, UserId
from core.shared.messages import MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.text import count_of

T = TypeVar("T")
Filter = BookingFilter | EventQuery | JobFilter | NotificationFilter | UserFilter
_ALL = PageRequest(limit=MAX_TARGETS)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bulk action is for: the things with these ids, or all that match a filter of the list they are in."""

    ids: Sequence[UUID] = ()
    matching: Filter | None = None


async def find_candidates(
    action: BulkAction, selection: Selection, uow: AdministrationUnitOfWork, by: Principal, now: datetime
) -> tuple[list[Candidate], str]:
    """Return what is selected, each with its exception, and a sentence about the effect on the others.

    What does not exist any more is left out. Raises NothingSelected and TooManySelected.
    """
    must_not_be_too_many(len(selection.ids), is_capped=False)
    match action:
        case BulkAction.CANCEL_BOOKINGS:
            candidates, effect = _cancelled(await _bookings(selection, uow, now))
        case BulkAction.CLOSE_EVENTS:
            candidates, effect = _closed([view.event for view in await _events(selection, uow, now)], now)
        case BulkAction.DEACTIVATE_EVENTS:
            candidates, effect = _deactivated([view.event for view in await _events(selection, uow, now)], now)
        case BulkAction.DEACTIVATE_USERS:
            candidates, effect = _deactivated_users(await _users(selection, uow), by)
        case BulkAction.RETRY_JOBS:
            candidates, effect = _retried_jobs(await _jobs(selection, uow))
        case BulkAction.RETRY_NOTIFICATIONS:
            candidates, effect = _retried_notifications(await _notifications(selection, uow))
    if not candidates:
        raise NothingSelected("Nothing is selected, or it does not exist any more. Select something in the list first.")
    return candidates, effect


async def _bookings(selection: Selection, uow: AdministrationUnitOfWork, now: datetime) -> Sequence[BookingView]:
    if isinstance(selection.matching, BookingFilter):
        return _items(await uow.bookings.search(selection.matching, _ALL, now))
    views = await uow.bookings.views([BookingId(each) for each in selection.ids])
    return [views[BookingId(each)].as_of(now) for each in selection.ids if each in views]


async def _events(selection: Selection, uow: AdministrationUnitOfWork, now: datetime) -> Sequence[EventView]:
    if isinstance(selection.matching, EventQuery):
        return _items(await uow.events.search(selection.matching, _ALL))
    return await _each(selection, lambda target: uow.events.view(EventId(target), now))


async def _users(selection: Selection, uow: AdministrationUnitOfWork) -> Sequence[User]:
    if isinstance(selection.matching, UserFilter):
        return _items(await uow.users.search(selection.matching, _ALL))
    return await _each(selection, lambda target: uow.users.get(UserId(target)))


async def _jobs(selection: Selection, uow: AdministrationUnitOfWork) -> Sequence[JobRecord]:
    if isinstance(selection.matching, JobFilter):
        return _items(await uow.job_records.search(selection.matching, _ALL))
    return await _each(selection, lambda target: uow.job_records.get(JobId(target)))


async def _notifications(selection: Selection, uow: AdministrationUnitOfWork) -> Sequence[Notification]:
    if isinstance(selection.matching, NotificationFilter):
        return _items(await uow.notifications.search(selection.matching, _ALL))
    return await _each(selection, uow.notifications.get)


def _items(page: Page[T]) -> Sequence[T]:
    must_not_be_too_many(page.total, is_capped=page.total_capped)
    return page.items


async def _each(selection: Selection, get: Callable[[UUID], Awaitable[T]]) -> list[T]:
    async def existing() -> AsyncIterator[T]:
        for target in dict.fromkeys(selection.ids):
            try:
                yield await get(target)
            except NotFound:
                continue

    return [each async for each in existing()]


def _cancelled(views: Sequence[BookingView]) -> tuple[list[Candidate], str]:
    candidates = [
        Candidate(
            view.booking.id,
            f"{view.event.name}: {count_of(view.booking.quantity, 'place')}",
            f"It is {view.booking.status} already." if view.booking.status in ENDED else None,
        )
        for view in views
    ]
    active = [view for view in views if view.booking.status not in ENDED]
    held = sum(each.booking.quantity for each in active if each.booking.status is not BookingStatus.WAITLISTED)
    freed = f" {count_of(held, 'place')} will be free for those who wait." if held else ""
    refunds = [f"{amount} {currency}" for currency, amount in sorted(_refunds(active).items())]
    paid = f"What was paid goes back: {', '.join(refunds)}." if refunds else "Nothing was paid for them."
    cancelled = f"{count_of(len(active), 'booking')} will be cancelled."
    return candidates, f"{cancelled}{freed} {paid} Everybody concerned gets an email."


def _refunds(views: Sequence[BookingView]) -> dict[str, Decimal]:
    refunds: dict[str, Decimal] = defaultdict(Decimal)
    for view in views:
        if view.payment is not None and view.payment.status is PaymentStatus.CAPTURED:
            refunds[view.payment.currency] += view.payment.amount
    return refunds


def _closed(events: Sequence[Event], now: datetime) -> tuple[list[Candidate], str]:
    candidates = [
        Candidate(event.id, event.name, _over(event, now) or _not_open(event, "Only open events can be closed."))
        for event in events
    ]
    return candidates, (
        f"{count_of(_applicable(candidates), 'event')} will take no more bookings. They stay listed, and all bookings "
        "stay as they are."
    )


def _deactivated(events: Sequence[Event], now: datetime) -> tuple[list[Candidate], str]:
    candidates = [Candidate(event.id, event.name, _over(event, now) or _hidden(event)) for event in events]
    concerned = [event for event in events if _over(event, now) is None and _hidden(event) is None]
    booked = sum(event.booked_count for event in concerned)
    notified = (
        f"{count_of(booked, 'place')} of them are booked: the bookings stay, and those who booked get an email that "
        "the event is no longer listed. Cancel an event instead if it will not take place."
        if booked
        else "Nobody has booked them."
    )
    return candidates, f"{count_of(len(concerned), 'event')} will be hidden and take no more bookings. {notified}"


def _over(event: Event, now: datetime) -> str | None:
    return "It is over." if event.end_time <= now else None


def _not_open(event: Event, why: str) -> str | None:
    return None if event.status is EventStatus.OPEN else f"It is {event.status}. {why}"


def _hidden(event: Event) -> str | None:
    is_shown = event.status in (EventStatus.OPEN, EventStatus.CLOSED)
    return None if is_shown else f"It is {event.status} already."


def _deactivated_users(users: Sequence[User], by: Principal) -> tuple[list[Candidate], str]:
    candidates = [Candidate(user.id, f"{user.name}, {user.email}", _kept_active(user, by)) for user in users]
    return candidates, (
        f"{count_of(_applicable(candidates), 'account')} will be deactivated: they are signed out everywhere at once, "
        "and can't sign in. Their bookings and events stay. You can reactivate them later."
    )


def _kept_active(user: User, by: Principal) -> str | None:
    if user.id == by.user_id:
        return "It is your own account."
    return None if user.is_active else "It is deactivated already."


def _retried_jobs(jobs: Sequence[JobRecord]) -> tuple[list[Candidate], str]:
    candidates = [
        Candidate(job.id, job.job.task, "It is running." if job.status is JobStatus.RUNNING else None) for job in jobs
    ]
    return candidates, (
        f"{count_of(_applicable(candidates), 'job')} will run now, with all attempts available again. What made them "
        "fail may make them fail again."
    )


def _retried_notifications(notifications: Sequence[Notification]) -> tuple[list[Candidate], str]:
    candidates = [
        Candidate(
            each.id,
            # Without the address: a run outlives the account that a message was for.
            f"{each.message.topic}, {each.message.created_at:%d %b %Y, %H:%M} UTC",
            "It is sent already." if each.status is MessageStatus.SENT else None,
        )
        for each in notifications
    ]
    return candidates, (
        f"{count_of(_applicable(candidates), 'message')} will be sent now, with all attempts available again. Correct "
        "what made them fail first."
    )


def _applicable(candidates: Sequence[Candidate]) -> int:
    return sum(each.exception is None for each in candidates)
