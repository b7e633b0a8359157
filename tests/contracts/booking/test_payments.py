"""Holds, payments and refunds, on every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.payments.simulated import APPROVE, DECLINE, TIMEOUT, TIMEOUT_LOST
from core.booking.errors import EventStarted, NotPayable, PaymentDeclined, PaymentUnavailable
from core.booking.model import BookingStatus
from core.booking.payment import PaymentStatus
from core.notifications.ports import NotificationFilter
from core.shared.ids import BookingId
from core.shared.paging import PageRequest
from core.shared.topics import Topic
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW
from tests.support.refusals import refused

PENDING, CONFIRMED, WAITLISTED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.WAITLISTED
CANCELLED, EXPIRED, FAILED = BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.FAILED
PRICE = Decimal("12.50")


async def test_a_priced_booking_is_held_until_it_is_paid(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 2)
    assert (held.booking.status, held.booking.amount) == (PENDING, Decimal("25.00"))
    assert held.booking.expires_at == NOW + timedelta(minutes=10)
    assert held.tickets == ()
    paid = await office.pay(held.booking.id, by=ada, token=APPROVE)
    assert (paid.booking.status, paid.booking.expires_at, len(paid.tickets)) == (CONFIRMED, None, 2)
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)


async def test_a_hold_is_payable_until_the_start_and_nothing_is_charged_after_it(
    office: BoxOffice,
) -> None:
    start = NOW + timedelta(minutes=1)
    event_id = await office.open(start_time=start, registration_deadline=start, price=PRICE)
    ada, bob = await office.people(2)
    in_time, late = await office.book(event_id, ada), await office.book(event_id, bob)
    assert (in_time.booking.expires_at, late.booking.expires_at) == (start, start)
    office.store.clock.move(timedelta(seconds=59))
    await office.pay(in_time.booking.id, by=ada, token=APPROVE)
    office.store.clock.move(timedelta(seconds=1))
    for _ in range(2):
        await refused(office.pay(late.booking.id, by=bob, token=APPROVE), EventStarted)
    assert await office.status(late) is EXPIRED
    assert await office.charged_total() == PRICE


async def test_a_hold_ends_with_a_start_that_was_moved_forward(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    start = NOW + timedelta(minutes=1)
    await office.change(event_id, start_time=start, registration_deadline=start)
    assert (await office.stored(held.booking.id)).booking.expires_at == start
    office.store.clock.move(timedelta(minutes=1))
    assert await office.expire() == 1
    assert await office.status(held) is EXPIRED


@pytest.mark.parametrize(("price", "currency", "amount"), [("1000", "JPY", "3000"), ("7.255", "KWD", "21.765")])
async def test_amounts_have_the_decimals_of_their_currency_when_booked_charged_and_refunded(
    office: BoxOffice, price: str, currency: str, amount: str
) -> None:
    event_id = await office.open(price=Decimal(price), currency=currency)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 3)
    paid = await office.pay(held.booking.id, by=ada, token=APPROVE)
    assert (str(paid.booking.amount), paid.booking.currency) == (amount, currency)
    assert str(await office.charged_total()) == amount
    await office.cancel(held.booking.id, by=ada)
    await office.settle()
    assert await office.charged_total() == 0


async def test_a_hold_expires_at_its_exact_time_released_or_not(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada, 2)
    office.store.clock.move(timedelta(minutes=10))
    assert (await office.event(event_id)).available == 2
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)
    assert await office.status(held) is EXPIRED
    assert (await office.book(event_id, bob, 2)).booking.status is PENDING


async def test_an_expired_hold_is_shown_as_expired_before_it_is_released(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE)
    [ada] = await office.people(1)
    over, paying = await office.book(event_id, ada), await office.book(event_id, ada)
    await refused(office.pay(paying.booking.id, by=ada, token=TIMEOUT), PaymentUnavailable)
    office.store.clock.move(timedelta(minutes=10))
    fresh = await office.book(await office.open(price=PRICE), ada)
    seen = (await office.read(over.booking.id, by=ada)).booking
    assert (seen.status, seen.expires_at) == (EXPIRED, None)
    assert await office.status(over) is PENDING  # nobody has swept

    async def listed(status: BookingStatus) -> list[BookingId]:
        found = (await office.my_bookings(PageRequest(), by=ada, status=status)).items
        assert {view.booking.status for view in found} == {status}
        return [view.booking.id for view in found]

    assert await listed(EXPIRED) == [over.booking.id]
    assert await listed(PENDING) == [fresh.booking.id, paying.booking.id]


async def test_an_offer_that_is_not_taken_passes_to_the_next_party(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    people = await office.people(3)
    held = await office.book(event_id, people[0])
    first, second = [await office.book(event_id, who) for who in people[1:]]
    office.store.clock.move(timedelta(minutes=10))
    assert await office.expire() == 1
    assert [await office.status(view) for view in (held, first, second)] == [EXPIRED, PENDING, WAITLISTED]
    offered = await office.stored(first.booking.id)
    assert offered.booking.expires_at == NOW + timedelta(minutes=40)
    office.store.clock.move(timedelta(minutes=30))
    assert await office.expire() == 1
    assert [await office.status(view) for view in (first, second)] == [EXPIRED, PENDING]
    assert await office.expire() == 0


async def test_a_declined_payment_releases_the_places_to_the_waitlist(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held, waiting = await office.book(event_id, ada), await office.book(event_id, bob)
    await refused(office.pay(held.booking.id, by=ada, token=DECLINE), PaymentDeclined)
    assert [await office.status(view) for view in (held, waiting)] == [FAILED, PENDING]
    assert await office.charged_total() == Decimal(0)


@pytest.mark.parametrize(("token", "outcome", "taken"), [(TIMEOUT, CONFIRMED, PRICE), (TIMEOUT_LOST, PENDING, 0)])
async def test_without_an_answer_the_booking_stays_pending_and_is_settled_later(
    office: BoxOffice, token: str, outcome: BookingStatus, taken: Decimal
) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=token), PaymentUnavailable)
    assert await office.status(held) is PENDING
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)
    office.store.clock.move(timedelta(minutes=2))
    assert await office.settle() == 1
    assert await office.status(held) is outcome
    assert await office.charged_total() == taken
    assert await office.settle() == 0
    assert (await office.book(event_id, bob)).booking.status is WAITLISTED


async def test_a_hold_does_not_expire_while_its_payment_is_unknown(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=TIMEOUT_LOST), PaymentUnavailable)
    office.store.clock.move(timedelta(hours=1))
    assert (await office.book(event_id, bob)).booking.status is WAITLISTED
    await office.settle()
    assert await office.status(held) is EXPIRED
    assert await office.counts(event_id) == (1, 0)


async def test_cancelling_a_paid_booking_refunds_it(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 2)
    await office.pay(held.booking.id, by=ada, token=APPROVE)
    cancelled = await office.cancel(held.booking.id, by=ada)
    assert cancelled.booking.status is CANCELLED
    assert {ticket.status for ticket in cancelled.tickets} == {"void"}
    office.store.clock.move(timedelta(minutes=2))
    assert await office.settle() == 1
    assert await office.charged_total() == 0


async def test_concurrent_workers_refund_and_notify_each_payment_once(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE)
    people = await office.people(10)
    for who in people:
        paid = await office.book(event_id, who, payment_token=APPROVE)
        await office.cancel(paid.booking.id, by=who)
    async with office.store.booking() as uow:
        await uow.notices.take(1000)
        await uow.commit()
    await asyncio.gather(*(office.settle() for _ in range(3)))
    async with office.store.booking() as uow:
        notices = await uow.notices.take(1000)
    assert [notice.topic for notice in notices] == [Topic.PAYMENT_REFUNDED] * len(people)
    assert await office.charged_total() == 0


async def test_a_payment_that_is_locked_is_waited_for(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=TIMEOUT), PaymentUnavailable)
    async with office.store.booking() as uow:
        [left_open] = await uow.payments.unsettled(office.store.clock.now(), 10)

    async def looked_at() -> PaymentStatus:
        async with office.store.booking() as other:
            return (await other.payments.get_for_update(left_open.id)).status

    async with office.store.booking() as uow:
        payment = await uow.payments.get_for_update(left_open.id)
        looking = asyncio.create_task(looked_at())
        await asyncio.wait([looking], timeout=0.2)  # without the lock it would see what is no more
        await uow.payments.save(payment.become(PaymentStatus.CAPTURED, office.store.clock.now()))
        await uow.commit()
    assert await looking is PaymentStatus.CAPTURED


async def test_a_booking_cancelled_during_its_payment_is_refunded(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=TIMEOUT), PaymentUnavailable)
    await office.cancel(held.booking.id, by=ada)
    for _ in range(2):
        office.store.clock.move(timedelta(minutes=2))
        await office.settle()
    assert await office.charged_total() == 0
    assert await office.counts(event_id) == (0, 0)


@pytest.mark.parametrize(
    ("price", "currency"), [("10000", "JPY"), ("120000", "KRW"), ("10000.000", "KWD"), ("0.50", "EUR")]
)
async def test_amounts_are_read_and_told_as_they_were_written(office: BoxOffice, price: str, currency: str) -> None:
    event_id = await office.open(price=Decimal(price), currency=currency)
    [ada] = await office.people(1)
    paid = await office.book(event_id, ada, payment_token=APPROVE)
    cancelled = await office.cancel(paid.booking.id, by=ada)
    assert cancelled.payment is not None
    amounts = (cancelled.booking.amount, cancelled.payment.amount, (await office.event(event_id)).price)
    assert [str(amount) for amount in amounts] == [price] * 3
    await office.settle()
    await office.notify()
    async with office.store.notifications() as uow:
        messages = await uow.notifications.search(NotificationFilter(topic=Topic.PAYMENT_REFUNDED), PageRequest())
    assert [each.message.payload["payment"]["amount"] for each in messages.items] == [price]
