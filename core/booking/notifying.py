"""Writing the messages about what happened to bookings: to the people who booked, and to webhook subscribers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.booking.model import ENDED, Booking, EventSummary
from core.booking.notices import MAX_BOOKINGS_PER_NOTICE, BookingNotice, is_superseded, replaces_earlier
from core.booking.payment import Payment
from core.booking.ports import BookingLinks, BookingUnitOfWork, BookingView
from core.shared.clock import Clock
from core.shared.ids import BookingId, EventId, IdGenerator
from core.shared.messages import Message
from core.shared.times import to_rfc3339
from core.shared.topics import EVENT_TOPICS, Topic
from core.shared.webhooks import WebhookSubscriber, webhook_messages


@dataclass(frozen=True, slots=True)
class NotifyBookers:
    """Write the messages for pending notices, each exactly once. Returns how many notices there were.

    Messages show a booking as it is when they are written, moments after the change they are about. What is superseded
    by then is not sent to its holder, and what they have not been sent yet is withdrawn when something new has
    happened to the booking: emails never contradict each other. What has happened to its event is withdrawn only when
    the booking has ended. Webhook subscribers get everything.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    links: BookingLinks
    ids: IdGenerator
    clock: Clock
    bookings_at_once: int = MAX_BOOKINGS_PER_NOTICE

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            notices = await uow.notices.take(self.bookings_at_once)
            booking_ids = [booking for notice in notices for booking in notice.booking_ids]
            views, holders = await uow.bookings.views(booking_ids), await uow.bookings.holders(booking_ids)
            views = {each: replace(view, holder=holders.get(each)) for each, view in views.items()}
            audiences = {event_id: await _audience(uow, event_id) for event_id in {each.event_id for each in notices}}
            now = self.clock.now()
            written = (self._messages(notice, audiences[notice.event_id], views, now) for notice in notices)
            messages = [message for messages in written for message in messages]
            replaced = {each.about for each in messages if each.about and replaces_earlier(each.topic)}
            ended = {view.booking.id for view in views.values() if view.booking.status in ENDED}
            await uow.outbox.withdraw(replaced & ended)
            await uow.outbox.withdraw(replaced - ended, kept_topics=EVENT_TOPICS)
            await uow.outbox.add(messages)
            await uow.commit()
        return len(notices)

    def _messages(
        self, notice: BookingNotice, audience: _Audience, views: Mapping[BookingId, BookingView], now: datetime
    ) -> Iterator[Message]:
        event = event_payload(audience.event)
        if not notice.booking_ids:
            payload = {"event": event, **notice.facts}
            yield from webhook_messages(audience.webhook_subscribers, notice.topic, payload, at=now, ids=self.ids)
        for view in (views[booking_id] for booking_id in notice.booking_ids):
            payload = {"event": event, **booking_payload(view), **notice.facts}
            if not is_superseded(notice.topic, view.as_of(now).booking, is_event_hidden=audience.event.is_hidden):
                yield self._message_to_holder(notice.topic, view.booking, payload, now)
            if not notice.topic.is_about_event:
                yield from webhook_messages(audience.webhook_subscribers, notice.topic, payload, at=now, ids=self.ids)

    def _message_to_holder(self, topic: Topic, booking: Booking, payload: Mapping[str, Any], now: datetime) -> Message:
        return Message(
            self.ids.new(),
            topic,
            now,
            email=booking.visitor.email if booking.visitor else None,
            user_id=booking.user_id,
            payload=payload,
            secret=self.links.sign(booking.id),
            # A refund stays true, whatever happens next.
            about=None if topic is Topic.PAYMENT_REFUNDED else booking.id,
        )


@dataclass(frozen=True, slots=True)
class _Audience:
    """An event, and the webhook subscribers that may receive messages about it."""

    event: EventSummary
    webhook_subscribers: Sequence[WebhookSubscriber]


async def _audience(uow: BookingUnitOfWork, event_id: EventId) -> _Audience:
    event = await uow.inventory.summary(event_id)
    return _Audience(event, await uow.webhook_subscribers.of(event.organizer_id))


PERSONAL_FIELDS = ("holder", "user_id", "visitor")
"""The fields of a booking in a payload that say who has it."""


def event_payload(event: EventSummary) -> dict[str, Any]:
    """Return an event as JSON values."""
    return {
        "id": str(event.id),
        "name": event.name,
        "start_time": to_rfc3339(event.start_time),
        "end_time": to_rfc3339(event.end_time),
        "timezone": event.timezone,
        "place": event.location,
    }


def booking_payload(view: BookingView) -> dict[str, Any]:
    """Return a booking and its valid tickets as JSON values. The ticket codes admit at the door."""
    booking, visitor = view.booking, view.booking.visitor
    return {
        "booking": {
            "id": str(booking.id),
            "status": booking.status.value,
            "quantity": booking.quantity,
            "seats": list(booking.seats),
            "amount": str(booking.amount),
            "currency": booking.currency,
            "expires_at": to_rfc3339(booking.expires_at) if booking.expires_at else None,
            "waitlist_position": view.position,
            "user_id": str(booking.user_id) if booking.user_id else None,
            "holder": {"name": view.holder.name, "email": view.holder.email} if view.holder else None,
            "visitor": {"full_name": visitor.full_name, "email": visitor.email} if visitor else None,
            "payment": _payment_payload(view.payment) if view.payment else None,
        },
        "tickets": [{"id": str(each.id), "code": each.code} for each in view.tickets if not each.is_void],
    }


def _payment_payload(payment: Payment) -> dict[str, str]:
    return {
        "status": payment.status.value,
        "amount": str(payment.amount),
        "refunded": str(payment.refunded),
        "currency": payment.currency,
    }
