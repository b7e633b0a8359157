"""The waitlist, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from core.booking.errors import AlreadyRegistered, PaymentNeeded, SoldOut
from core.booking.model import BookingStatus
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW
from tests.support.refusals import refused

CONFIRMED, WAITLISTED = BookingStatus.CONFIRMED, BookingStatus.WAITLISTED
CANCELLED, EXPIRED = BookingStatus.CANCELLED, BookingStatus.EXPIRED
PRICE = Decimal("12.50")


async def test_the_waitlist_is_strict_with_whole_parties_and_no_overtaking(office: BoxOffice) -> None:
    event_id = await office.open(capacity=4)
    people = await office.people(5)
    held = await office.book(event_id, people[0], 4)
    big = await office.book(event_id, people[1], 3)
    small = await office.book(event_id, people[2], 1)
    assert (big.booking.status, big.position, small.position) == (WAITLISTED, 1, 2)
    await office.change(event_id, capacity=5)  # a place for `small`, but `big` is first
    assert [await office.status(view) for view in (big, small)] == [WAITLISTED, WAITLISTED]
    newcomer = await office.book(event_id, people[3], 1)
    assert newcomer.position == 3
    await refused(office.book(event_id, people[4], 1, waitlist=False), SoldOut)
    await office.cancel(held.booking.id, by=people[0])
    assert [await office.status(view) for view in (big, small, newcomer)] == [CONFIRMED] * 3
    assert len((await office.stored(big.booking.id)).tickets) == 3
    assert await office.counts(event_id) == (5, 0)


async def test_an_event_that_shrinks_drops_parties_that_are_too_large_and_promotes_the_next(office: BoxOffice) -> None:
    event_id = await office.open(capacity=10)
    people = await office.people(11)
    await office.book(event_id, people[0], 3)
    big = [await office.book(event_id, who, 8) for who in people[1:10]]
    small = await office.book(event_id, people[10], 2)
    assert (small.booking.status, small.position) == (WAITLISTED, 10)
    await office.change(event_id, capacity=5)
    assert await office.status(small) is CONFIRMED
    assert {await office.status(view) for view in big} == {CANCELLED}
    assert await office.counts(event_id) == (5, 0)


async def test_a_waitlist_closes_at_the_deadline_in_parts(office: BoxOffice) -> None:
    deadline = NOW + timedelta(hours=1)
    event_id = await office.open(capacity=1, registration_deadline=deadline)
    elsewhere = await office.open(capacity=1)
    people = await office.people(6)
    held, *waiting = [await office.book(event_id, who) for who in people]
    other = [await office.book(elsewhere, who) for who in people[:2]]
    close = replace(office.close_waitlists, parties_at_once=2)
    assert await close() == 0
    office.store.clock.move(timedelta(hours=1))
    await office.cancel(held.booking.id, by=people[0])
    assert await office.counts(event_id) == (0, 5)
    assert await close() == 1
    assert {await office.status(view) for view in waiting} == {EXPIRED}
    assert await office.status(other[1]) is WAITLISTED
    assert await office.counts(event_id) == (0, 0)
    assert await close() == 0


async def test_leaving_the_waitlist_moves_the_others_up(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    people = await office.people(4)
    await office.book(event_id, people[0])
    waiting = [await office.book(event_id, who) for who in people[1:]]
    await office.cancel(waiting[0].booking.id, by=people[1])
    assert [(await office.stored(view.booking.id)).position for view in waiting] == [None, 1, 2]
    assert await office.counts(event_id) == (1, 2)


async def test_a_visitor_registers_once_on_the_same_waitlist(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    waiting = await office.register(event_id, full_name="Vera V.", email="Vera@Example.com")
    assert (waiting.booking.status, waiting.position) == (WAITLISTED, 1)
    await refused(office.register(event_id, full_name="V.", email="vera@example.COM"), AlreadyRegistered)
    await office.cancel(held.booking.id, by=ada)
    promoted = await office.stored(waiting.booking.id)
    assert (promoted.booking.status, len(promoted.tickets)) == (CONFIRMED, 1)
    assert promoted.booking.visitor is not None
    assert promoted.booking.visitor.email == "vera@example.com"
    priced = await office.open(price=PRICE)
    await refused(office.register(priced, full_name="V.", email="v@example.com"), PaymentNeeded)
