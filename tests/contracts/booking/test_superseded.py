"""Emails about a booking never contradict each other: what is superseded when it would be sent is not sent (F1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.errors import PaymentDeclined
from core.catalog.model import EventStatus
from core.notifications.ports import NotificationFilter
from core.shared.access import Principal
from core.shared.paging import PageRequest
from core.shared.topics import Topic
from tests.support.box_office import BoxOffice
from tests.support.builders import HOLD, OFFER

PRICE = Decimal("12.50")


async def unsent(office: BoxOffice, person: Principal) -> list[str]:
    """Write all messages that are due, and return the topics of those that wait to be sent to this person."""
    while await office.notify():
        pass
    async with office.store.notifications() as uow:
        found = await uow.notifications.search(NotificationFilter(user_id=person.user_id), PageRequest(limit=100))
    return [each.message.topic for each in reversed(found.items)]


async def test_who_books_and_cancels_at_once_is_told_only_of_the_cancellation(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(), ada)).booking
    await office.cancel(booking.id, by=ada)
    assert await unsent(office, ada) == [Topic.BOOKING_CANCELLED]


async def test_tickets_that_were_not_sent_before_the_cancellation_are_withdrawn(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    event_id = await office.open()
    booking = (await office.book(event_id, ada)).booking
    other = await office.book(event_id, ada)
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED] * 2
    await office.cancel(booking.id, by=ada)
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED, Topic.BOOKING_CANCELLED]
    assert other.booking.status == "confirmed"


async def test_nobody_is_asked_to_pay_after_a_declined_payment(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(price=PRICE), ada)).booking
    with pytest.raises(PaymentDeclined):
        await office.pay(booking.id, by=ada, token="tok_decline")
    assert await unsent(office, ada) == [Topic.BOOKING_PAYMENT_FAILED]


async def test_nobody_is_asked_to_pay_while_the_payment_is_checked(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(price=PRICE), ada)).booking
    with pytest.raises(Exception, match="did not answer"):
        await office.pay(booking.id, by=ada, token="tok_timeout")
    assert await unsent(office, ada) == []


async def test_who_was_not_charged_after_all_is_asked_to_pay(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(price=PRICE), ada)).booking
    with pytest.raises(Exception, match="did not answer"):
        await office.pay(booking.id, by=ada, token="tok_timeout_lost")
    assert await unsent(office, ada) == []
    office.store.clock.move(timedelta(minutes=1))
    await office.settle()
    assert await unsent(office, ada) == [Topic.BOOKING_PENDING]


async def test_an_expired_offer_is_not_sent(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    await office.book(event_id, ada)
    await office.book(event_id, bob)
    office.store.clock.move(HOLD)
    await office.expire()
    office.store.clock.move(OFFER)
    assert await unsent(office, bob) == []
    await office.expire()
    assert await unsent(office, bob) == [Topic.BOOKING_EXPIRED]


async def test_who_is_promoted_at_once_is_not_told_that_they_wait(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    first = await office.book(event_id, ada)
    await office.book(event_id, bob)
    await office.cancel(first.booking.id, by=ada)
    assert await unsent(office, bob) == [Topic.BOOKING_PROMOTED]


async def test_a_refund_is_told_besides_the_cancellation(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(price=PRICE), ada, payment_token="tok_approve")).booking
    await office.cancel(booking.id, by=ada)
    await office.settle()
    assert await unsent(office, ada) == [Topic.BOOKING_CANCELLED, Topic.PAYMENT_REFUNDED]


async def test_who_pays_is_still_told_that_the_event_has_changed_and_who_cancels_is_not(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    event_id = await office.open(price=PRICE)
    booking = (await office.book(event_id, ada)).booking
    assert await unsent(office, ada) == [Topic.BOOKING_PENDING]
    await office.change(event_id, venue="Another hall")
    assert await unsent(office, ada) == [Topic.BOOKING_PENDING, Topic.EVENT_CHANGED]
    await office.pay(booking.id, by=ada, token="tok_approve")
    assert await unsent(office, ada) == [Topic.EVENT_CHANGED, Topic.BOOKING_CONFIRMED]
    await office.cancel(booking.id, by=ada)
    assert await unsent(office, ada) == [Topic.BOOKING_CANCELLED]


async def test_holders_are_told_that_their_event_was_hidden_unless_it_is_back(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    await office.book(event_id, ada)
    await office.book(event_id, bob)
    await office.change(event_id, status=EventStatus.INACTIVE)
    await office.change(event_id, status=EventStatus.OPEN)
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED]
    await office.change(event_id, status=EventStatus.INACTIVE)
    await office.change(event_id, name="Another name")
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED, Topic.EVENT_DEACTIVATED]
    assert await unsent(office, bob) == [Topic.BOOKING_WAITLISTED, Topic.EVENT_DEACTIVATED]


async def test_nobody_is_told_when_an_event_is_hidden_after_its_end(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    event_id = await office.open()
    await office.book(event_id, ada)
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED]
    office.store.clock.move((await office.event(event_id)).end_time - office.store.clock.now())
    await office.change(event_id, status=EventStatus.INACTIVE)
    assert await unsent(office, ada) == [Topic.BOOKING_CONFIRMED]
