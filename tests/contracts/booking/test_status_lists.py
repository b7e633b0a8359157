"""Bookings are listed by the status that they are shown with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.errors import PaymentUnavailable
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter
from core.booking.reading import ListBookings
from core.shared.ids import BookingId, EventId
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD


async def listed(office: BoxOffice, event_id: EventId | None = None) -> dict[BookingStatus, set[BookingId]]:
    """Return the bookings in the list of each status."""
    listing, found = ListBookings(office.store.booking, office.store.clock), {}
    for status in BookingStatus:
        page = await listing(BookingFilter(status=status, event_id=event_id), PageRequest(limit=100), by=ADMIN)
        assert all(each.booking.status is status for each in page.items)
        assert page.total == len(page.items)
        found[status] = {each.booking.id for each in page.items}
    return {status: bookings for status, bookings in found.items() if bookings}


async def test_every_booking_is_in_the_list_of_its_status(office: BoxOffice) -> None:
    free, priced = await office.open(capacity=1), await office.open(price=Decimal("5.00"))
    ada, bob = await office.people(2)
    confirmed = (await office.book(free, ada)).booking.id
    waitlisted = (await office.book(free, bob)).booking.id
    pending = (await office.book(priced, ada)).booking.id
    cancelled = (await office.book(priced, bob)).booking.id
    await office.cancel(cancelled, by=bob)
    of_priced = {BookingStatus.PENDING: {pending}, BookingStatus.CANCELLED: {cancelled}}
    of_free = {BookingStatus.CONFIRMED: {confirmed}, BookingStatus.WAITLISTED: {waitlisted}}
    assert await listed(office) == of_priced | of_free
    assert await listed(office, priced) == of_priced
    assert await listed(office, free) == of_free
    assert await listed(office, await office.open()) == {}


async def test_an_expired_hold_is_listed_as_expired_before_and_after_it_is_released(office: BoxOffice) -> None:
    event_id = await office.open(price=Decimal("5.00"))
    ada, bob = await office.people(2)
    expired = (await office.book(event_id, ada)).booking.id
    office.store.clock.move(HOLD + timedelta(seconds=1))
    assert await listed(office, event_id) == {BookingStatus.EXPIRED: {expired}}
    pending = (await office.book(event_id, bob)).booking.id
    await office.expire()
    assert await listed(office, event_id) == {BookingStatus.EXPIRED: {expired}, BookingStatus.PENDING: {pending}}


async def test_a_hold_that_is_being_paid_does_not_expire(office: BoxOffice) -> None:
    event_id = await office.open(price=Decimal("5.00"))
    [ada] = await office.people(1)
    held = (await office.book(event_id, ada)).booking
    with pytest.raises(PaymentUnavailable):
        await office.pay(held.id, by=ada, token="tok_timeout")
    office.store.clock.move(HOLD + timedelta(seconds=1))
    assert await listed(office, event_id) == {BookingStatus.PENDING: {held.id}}
