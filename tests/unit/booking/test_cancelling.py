"""Cancelling bookings and events, on the memory store (B9, B14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from core.booking.errors import AlreadyCheckedIn, BookingNotFound, EventNotOpen, EventStarted, NoSuchEvent
from core.booking.model import BookingStatus
from core.booking.ports import BookingUnitOfWork
from core.catalog.model import EventStatus
from core.shared.access import Role
from core.shared.errors import Forbidden, Unavailable
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, NOW, TOMORROW, a_person, an_event

SECOND = timedelta(seconds=1)
CANCELLED = BookingStatus.CANCELLED


async def test_only_the_owner_or_an_admin_cancels(office: BoxOffice) -> None:
    event_id, ada, owner = await office.open(), a_person(), a_person(Role.ORGANIZER)
    booking_id = (await office.book(event_id, ada, 2)).booking.id
    for other in (a_person(), owner):
        with pytest.raises(BookingNotFound):
            await office.cancel(booking_id, by=other)
    assert (await office.event(event_id)).booked_count == 2
    assert (await office.cancel(booking_id, by=ADMIN)).booking.status is CANCELLED


async def test_cancelling_voids_the_tickets_and_is_idempotent(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    booking_id = (await office.book(event_id, ada, 2)).booking.id
    cancelled = await office.cancel(booking_id, by=ada)
    assert [ticket.status for ticket in cancelled.tickets] == ["void", "void"]
    office.store.clock.move(SECOND)
    assert await office.cancel(booking_id, by=ada) == cancelled
    assert (await office.event(event_id)).booked_count == 0


async def test_after_the_start_only_an_admin_cancels(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    booking_id = (await office.book(event_id, ada)).booking.id
    office.store.clock.move(TOMORROW - NOW)
    with pytest.raises(EventStarted):
        await office.cancel(booking_id, by=ada)
    assert (await office.cancel(booking_id, by=ADMIN)).booking.status is CANCELLED


async def test_a_booking_with_a_used_ticket_is_not_cancelled(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    view = await office.book(event_id, ada, 2)
    await office.check_in(event_id, by=ADMIN, code=view.tickets[1].code)
    with pytest.raises(AlreadyCheckedIn) as refused:
        await office.cancel(view.booking.id, by=ada)
    assert refused.value.facts == {"checked_in_at": NOW}
    assert (await office.event(event_id)).booked_count == 2
    assert (await office.cancel(view.booking.id, by=ADMIN)).booking.status is CANCELLED


async def test_cancelling_leaves_the_waitlist(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=1), a_person()
    await office.book(event_id, a_person())
    waiting = await office.book(event_id, ada)
    assert (await office.cancel(waiting.booking.id, by=ada)).booking.status is CANCELLED
    assert (await office.event(event_id)).waitlist_count == 0


async def test_cancelling_an_event_cancels_all_its_bookings_and_leaves_the_others(office: BoxOffice) -> None:
    owner = a_person(Role.ORGANIZER)
    event_id, other = await office.open(capacity=2, organizer_id=owner.user_id), await office.open()
    views = [await office.book(event_id, a_person(), 2) for _ in range(2)]
    elsewhere = await office.book(other, a_person())
    await office.cancel_event(event_id, by=owner)
    after = [await office.stored(view.booking.id) for view in views]
    assert [view.booking.status for view in after] == [CANCELLED, CANCELLED]
    assert {ticket.status for view in after for ticket in view.tickets} == {"void"}
    event = await office.event(event_id)
    assert (event.status, event.booked_count, event.waitlist_count) == (EventStatus.CANCELLED, 0, 0)
    assert await office.stored(elsewhere.booking.id) == elsewhere
    with pytest.raises(EventNotOpen):
        await office.book(event_id, a_person())
    office.store.clock.move(SECOND)
    await office.cancel_event(event_id, by=owner)
    assert [await office.stored(view.booking.id) for view in views] == after
    assert await office.event(event_id) == event


async def test_only_its_organizer_and_admins_cancel_an_event(office: BoxOffice) -> None:
    event_id = await office.open()
    hidden = await office.open(status=EventStatus.INACTIVE)
    for stranger in (a_person(), a_person(Role.ORGANIZER)):
        with pytest.raises(Forbidden):
            await office.cancel_event(event_id, by=stranger)
        with pytest.raises(NoSuchEvent):
            await office.cancel_event(hidden, by=stranger)
    assert (await office.event(event_id)).status is EventStatus.OPEN
    with pytest.raises(NoSuchEvent):
        await office.cancel_event(an_event().id, by=ADMIN)


async def test_expiring_goes_on_after_an_event_that_fails(office: BoxOffice) -> None:
    def new_uow() -> BookingUnitOfWork:
        if next(units) == 2:  # the first is for looking which events there are
            raise Unavailable("The database does not answer just now.")
        return office.store.booking()

    units = count(1)
    held = [await office.book(await office.open(price=Decimal(5)), a_person()) for _ in range(3)]
    office.store.clock.move(HOLD)
    with pytest.raises(ExceptionGroup) as failed:
        await replace(office.expire, new_uow=new_uow)()
    assert [type(each) for each in failed.value.exceptions] == [Unavailable]
    after = [await office.status(view) for view in held]
    assert (after.count(BookingStatus.PENDING), after.count(BookingStatus.EXPIRED)) == (1, 2)


async def test_hiding_an_event_keeps_its_bookings(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    booked = await office.book(event_id, ada)
    await office.change(event_id, status=EventStatus.INACTIVE)
    seen = await office.read(booked.booking.id, by=ada)
    assert (seen.booking, seen.tickets, seen.event.is_hidden) == (booked.booking, booked.tickets, True)
    assert (await office.cancel(booked.booking.id, by=ada)).booking.status is CANCELLED
