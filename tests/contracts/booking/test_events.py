"""Bookings of an event that is cancelled, hidden or deleted, on every store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from adapters.payments.simulated import APPROVE
from core.booking.errors import EventNotOpen, NoSuchEvent
from core.booking.model import BookingStatus
from core.catalog.errors import EventHasBookings, EventNotFound
from core.catalog.model import EventStatus
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.refusals import refused

CONFIRMED, WAITLISTED, CANCELLED = BookingStatus.CONFIRMED, BookingStatus.WAITLISTED, BookingStatus.CANCELLED
PRICE = Decimal("12.50")


async def test_cancelling_an_event_ends_everything_and_refunds(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    people = await office.people(3)
    paid = await office.book(event_id, people[0])
    await office.pay(paid.booking.id, by=people[0], token=APPROVE)
    held, waiting = [await office.book(event_id, who) for who in people[1:]]
    for _ in range(2):
        await office.cancel_event(event_id, by=ADMIN)
    assert {await office.status(view) for view in (paid, held, waiting)} == {CANCELLED}
    assert await office.counts(event_id) == (0, 0)
    assert (await office.event(event_id)).status is EventStatus.CANCELLED
    office.store.clock.move(timedelta(minutes=2))
    await office.settle()
    assert await office.charged_total() == 0
    await refused(office.book(event_id, people[0]), EventNotOpen)


async def test_a_hidden_event_keeps_its_bookings_and_its_waitlist(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    held, waiting = await office.book(event_id, ada), await office.book(event_id, bob)
    await office.change(event_id, status=EventStatus.INACTIVE)
    await refused(office.book(event_id, ada), NoSuchEvent)
    await office.cancel(held.booking.id, by=ada)
    assert await office.status(waiting) is WAITLISTED
    await office.change(event_id, status=EventStatus.OPEN)
    assert await office.status(waiting) is CONFIRMED


async def test_an_event_that_was_ever_booked_is_not_deleted(office: BoxOffice) -> None:
    booked, unbooked = await office.open(), await office.open(capacity=3)
    [ada] = await office.people(1)
    view = await office.book(booked, ada)
    await office.cancel(view.booking.id, by=ada)
    await refused(office.delete_event(booked, by=ADMIN), EventHasBookings)
    await office.generate_seats(unbooked, by=ADMIN)
    await office.delete_event(unbooked, by=ADMIN)
    await refused(office.delete_event(unbooked, by=ADMIN), EventNotFound)
