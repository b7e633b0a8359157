"""Everybody who booked is notified of every step, on every store (F1)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.notifying import NotifyBookers
from core.event_editing.changing import CreateEvent
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.shared.access import Principal, Role
from core.shared.ids import EventId, UserId, WebhookId
from core.shared.paging import PageRequest
from core.shared.times import to_rfc3339
from core.shared.topics import Topic
from core.webhooks.model import Scope
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, NOW, OFFER, TOMORROW, a_user, a_webhook

PRICE = Decimal("12.50")


async def sent_notifications(office: BoxOffice) -> list[Notification]:
    """Every message there is by now, the oldest first."""
    while await office.notify():
        pass
    async with office.store.notifications() as uow:
        return list((await uow.notifications.search(NotificationFilter(), PageRequest(limit=100))).items)[::-1]


async def topics(office: BoxOffice, of: Principal) -> list[str]:
    return [each.message.topic for each in await sent_notifications(office) if each.message.user_id == of.user_id]


async def deliver(office: BoxOffice) -> None:
    """Send every message that there is by now."""
    await sent_notifications(office)
    now = office.store.clock.now()
    async with office.store.notifications() as uow:
        claimed = await uow.notifications.claim(100, now, now)
        await uow.notifications.record_results([each.mark_sent(now) for each in claimed], now)
        await uow.commit()


async def test_a_confirmation_has_everything_an_email_needs(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, name="Night", venue="Kino Nord", city="Oslo", timezone="Europe/Oslo")
    [ada] = await office.people(1)
    booking = await office.book(event_id, ada, 2)
    [confirmed] = await sent_notifications(office)
    assert (confirmed.message.topic, confirmed.message.user_id) == (Topic.BOOKING_CONFIRMED, ada.user_id)
    assert office.notify.links.read(confirmed.message.secret or "") == booking.booking.id
    async with office.store.accounts() as uow:
        email = (await uow.users.get(ada.user_id)).email
    assert confirmed.message.email == email
    payload = confirmed.message.payload
    assert payload["event"] == {
        "id": str(event_id),
        "name": "Night",
        "start_time": to_rfc3339(TOMORROW),
        "end_time": to_rfc3339(TOMORROW + timedelta(hours=2)),
        "timezone": "Europe/Oslo",
        "place": "Kino Nord, Oslo",
    }
    assert payload["tickets"] == [{"id": str(each.id), "code": each.code} for each in booking.tickets]
    assert payload["booking"] == {
        "id": str(booking.booking.id),
        "status": "confirmed",
        "quantity": 2,
        "seats": [],
        "amount": "0.00",
        "currency": "EUR",
        "expires_at": None,
        "waitlist_position": None,
        "user_id": str(ada.user_id),
        "holder": {"name": "Ada", "email": email},
        "visitor": None,
        "payment": None,
    }


async def test_a_visitor_is_notified_at_their_email_address(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    await office.register(event_id, full_name="Grace Hopper", email="Grace@Example.com")
    [confirmed] = await sent_notifications(office)
    assert (confirmed.message.email, confirmed.message.user_id) == ("grace@example.com", None)
    assert confirmed.message.payload["booking"]["visitor"] == {
        "full_name": "Grace Hopper",
        "email": "grace@example.com",
    }


async def test_each_booker_is_notified_once_by_concurrent_workers(office: BoxOffice) -> None:
    event_id = await office.open(capacity=None)
    for person in await office.people(30):
        await office.book(event_id, person)
    one_at_a_time = NotifyBookers(
        office.store.booking, office.notify.links, office.notify.ids, office.store.clock, bookings_at_once=1
    )
    await asyncio.gather(*(one_at_a_time() for _ in range(10)))
    messages = await sent_notifications(office)
    assert len(messages) == len({each.message.user_id for each in messages}) == 30


async def test_a_notice_that_could_not_be_sent_is_sent_later(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    [ada] = await office.people(1)
    await office.book(event_id, ada)
    async with office.store.booking() as uow:
        assert len(await uow.notices.take(10)) == 1  # and broken off, without a commit
    assert await topics(office, ada) == [Topic.BOOKING_CONFIRMED]
    assert await office.notify() == 0


async def test_a_refused_booking_is_not_notified(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    await office.book(event_id, ada)
    with pytest.raises(Exception, match="enough"):
        await office.book(event_id, bob, waitlist=False)
    assert await topics(office, bob) == []


async def test_waiting_parties_are_notified_of_waiting_and_of_promotion(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2)
    ada, bob, cleo = await office.people(3)
    first = await office.book(event_id, ada, 2)
    await office.book(event_id, bob, 2)
    last = await office.book(event_id, cleo)
    await deliver(office)
    waiting = {each.message.user_id: each.message.payload for each in await sent_notifications(office)}
    assert waiting[cleo.user_id]["booking"]["waitlist_position"] == 2
    await office.cancel(last.booking.id, by=cleo)
    await office.cancel(first.booking.id, by=ada)
    assert await topics(office, ada) == [Topic.BOOKING_CONFIRMED, Topic.BOOKING_CANCELLED]
    assert await topics(office, bob) == [Topic.BOOKING_WAITLISTED, Topic.BOOKING_PROMOTED]
    assert await topics(office, cleo) == [Topic.BOOKING_WAITLISTED, Topic.BOOKING_CANCELLED]


async def test_who_leaves_the_waitlist_for_a_reason_of_the_event_is_told_it(office: BoxOffice) -> None:
    event_id = await office.open(capacity=4)
    ada, bob, cleo = await office.people(3)
    await office.book(event_id, ada, 2)
    await office.book(event_id, bob, 4)
    await office.book(event_id, cleo, 2)
    await office.change(event_id, capacity=3)
    office.store.clock.move(TOMORROW - NOW)
    await asyncio.gather(*(office.close_waitlists() for _ in range(4)))
    assert await topics(office, bob) == [Topic.BOOKING_TOO_LARGE]
    assert await topics(office, cleo) == [Topic.BOOKING_WAITLIST_CLOSED]


async def test_holds_and_offers_are_notified_with_their_expiry(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    await office.book(event_id, ada)
    await office.book(event_id, bob)
    await deliver(office)
    office.store.clock.move(HOLD)
    await office.expire()
    assert await topics(office, ada) == [Topic.BOOKING_PENDING, Topic.BOOKING_EXPIRED]
    assert await topics(office, bob) == [Topic.BOOKING_WAITLISTED, Topic.BOOKING_OFFERED]
    [offer] = [each.message for each in await sent_notifications(office) if each.message.topic == Topic.BOOKING_OFFERED]
    assert offer.payload["booking"]["expires_at"] == to_rfc3339(NOW + HOLD + OFFER)
    assert (offer.payload["booking"]["amount"], offer.payload["tickets"]) == ("12.50", [])


@pytest.mark.parametrize(("amount", "currency"), [("12.50", "EUR"), ("1000", "JPY"), ("7.255", "KWD")])
async def test_payments_are_notified_when_captured_declined_and_refunded(
    office: BoxOffice, amount: str, currency: str
) -> None:
    event_id = await office.open(capacity=5, price=Decimal(amount), currency=currency)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    await deliver(office)
    await office.pay(held.booking.id, by=ada, token="tok_approve")
    await deliver(office)
    await office.cancel(held.booking.id, by=ada)
    await office.settle()
    with pytest.raises(Exception, match="declined"):
        await office.book(event_id, bob, payment_token="tok_decline")
    assert await topics(office, ada) == [
        Topic.BOOKING_PENDING,
        Topic.BOOKING_CONFIRMED,
        Topic.BOOKING_CANCELLED,
        Topic.PAYMENT_REFUNDED,
    ]
    assert await topics(office, bob) == [Topic.BOOKING_PAYMENT_FAILED]
    [refund] = [
        each.message for each in await sent_notifications(office) if each.message.topic == Topic.PAYMENT_REFUNDED
    ]
    assert refund.payload["payment"] | {"id": ""} == {"id": "", "amount": amount, "currency": currency}
    assert refund.payload["booking"]["amount"] == amount


async def test_a_booker_who_pays_at_once_is_not_asked_to_pay(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    ada, bob = await office.people(2)
    await office.book(event_id, ada, payment_token="tok_approve")
    await office.purchase(event_id, by=bob)
    assert await topics(office, ada) == await topics(office, bob) == [Topic.BOOKING_CONFIRMED]


async def booked_by(office: BoxOffice, event_id: EventId, people: list[Principal]) -> None:
    for person in people:
        await office.book(event_id, person)
    await sent_notifications(office)


async def test_every_booker_is_notified_once_of_a_cancelled_event_with_the_reason(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2)
    people = await office.people(3)
    await booked_by(office, event_id, people)
    for _ in range(2):
        await office.cancel_event(event_id, by=ADMIN, reason="The roof leaks.")
    cancelled = [
        each.message for each in await sent_notifications(office) if each.message.topic == Topic.EVENT_CANCELLED
    ]
    assert {each.user_id for each in cancelled} == {person.user_id for person in people}
    assert len(cancelled) == 3
    assert {each.payload["reason"] for each in cancelled} == {"The roof leaks."}


async def test_every_booker_is_notified_of_an_event_that_moves_with_its_former_location(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, venue="Kino Nord", city=None)
    people = await office.people(2)
    await booked_by(office, event_id, people)
    await office.change(event_id, name="Another name", description="More to read.")
    await office.change(event_id, venue="Kino Sud", start_time=TOMORROW + timedelta(hours=1))
    moved = [each.message for each in await sent_notifications(office) if each.message.topic == Topic.EVENT_CHANGED]
    assert Counter(each.user_id for each in moved) == Counter(person.user_id for person in people)
    [payload, _] = [each.payload for each in moved]
    assert payload["was"] == {
        "start_time": to_rfc3339(TOMORROW),
        "end_time": to_rfc3339(TOMORROW + timedelta(hours=2)),
        "place": "Kino Nord",
    }
    assert (payload["event"]["name"], payload["event"]["place"]) == ("Another name", "Kino Sud")
    assert payload["event"]["start_time"] == to_rfc3339(TOMORROW + timedelta(hours=1))


async def listening(office: BoxOffice, user_id: UserId, scope: Scope, *topics: Topic) -> WebhookId:
    webhook = a_webhook(user_id, scope=scope, topics=topics)
    async with office.store.webhooks() as uow:
        await uow.webhooks.add(webhook)
        await uow.commit()
    return webhook.id


async def test_webhook_subscribers_get_the_topics_they_chose_once(office: BoxOffice) -> None:
    ada, bob = await office.people(2)
    otto, root = a_user("otto@example.com", role=Role.ORGANIZER), a_user("root@example.com", role=Role.ADMIN)
    async with office.store.accounts() as uow:
        await uow.users.add(otto)
        await uow.users.add(root)
        await uow.commit()
    own = await listening(office, otto.id, Scope.OWN, Topic.BOOKING_CONFIRMED, Topic.EVENT_CANCELLED)
    every = await listening(office, root.id, Scope.ALL, Topic.EVENT_CREATED, Topic.EVENT_CHANGED)
    organizer = otto.principal
    made = await CreateEvent(office.store.event_editing, office.notify.ids, office.store.clock)(
        by=organizer, wanted={"name": "Night", "venue": "Cellar", "start_time": TOMORROW}
    )
    event_id = made.event.id
    await office.book(event_id, ada)
    await office.book(event_id, bob)
    await office.change(event_id, venue="Attic")
    await office.cancel_event(event_id, by=organizer)
    messages = [each.message for each in await sent_notifications(office) if each.message.webhook_id]
    assert Counter((each.webhook_id, each.topic) for each in messages) == {
        (own, Topic.BOOKING_CONFIRMED): 2,
        (own, Topic.EVENT_CANCELLED): 1,
        (every, Topic.EVENT_CREATED): 1,
        (every, Topic.EVENT_CHANGED): 1,
    }
    assert len({each.id for each in messages}) == 5
    assert all(each.payload["event"]["id"] == str(event_id) for each in messages)
    assert {each.payload["booking"]["user_id"] for each in messages if "booking" in each.payload} == {
        str(ada.user_id),
        str(bob.user_id),
    }
