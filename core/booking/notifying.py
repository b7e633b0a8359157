"""Writing the messages about what happened to bookings: to whoever booked, and to programs that listen (F1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.booking.model import EventSummary
from core.booking.notices import BookingNotice
from core.booking.ports import BookingUnitOfWork, BookingView
from core.shared.clock import Clock
from core.shared.ids import BookingId, EventId, IdGenerator
from core.shared.messages import Message
from core.shared.webhooks import WebhookSubscriber, webhook_messages


@dataclass(frozen=True, slots=True)
class NotifyBookers:
    """Write the messages that notices ask for, each once; how many notices there were.

    They tell of a booking as it is when they are written, moments after what they are about.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    ids: IdGenerator
    clock: Clock
    limit: int = 20

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            taken = await uow.notices.take(self.limit)
            views = await uow.bookings.views([booking for notice in taken for booking in notice.booking_ids])
            audiences = {event_id: await _audience(uow, event_id) for event_id in {each.event_id for each in taken}}
            now = self.clock.now()
            told = (self._messages(notice, audiences[notice.event_id], views, now) for notice in taken)
            await uow.outbox.add([message for messages in told for message in messages])
            await uow.commit()
        return len(taken)

    def _messages(
        self, notice: BookingNotice, audience: _Audience, views: Mapping[BookingId, BookingView], now: datetime
    ) -> Iterator[Message]:
        event = event_payload(audience.event)
        if not notice.booking_ids:
            told = {"event": event, **notice.facts}
            yield from webhook_messages(audience.webhook_subscribers, notice.topic, told, at=now, ids=self.ids)
        for view in (views[booking_id] for booking_id in notice.booking_ids):
            told = {"event": event, **booking_payload(view), **notice.facts}
            visitor = view.booking.visitor
            email = visitor.email if visitor else None
            yield Message(self.ids.new(), notice.topic, now, email, user_id=view.booking.user_id, payload=told)
            if not notice.topic.is_about_event:
                yield from webhook_messages(audience.webhook_subscribers, notice.topic, told, at=now, ids=self.ids)


@dataclass(frozen=True, slots=True)
class _Audience:
    """An event, and the programs that may hear of it."""

    event: EventSummary
    webhook_subscribers: Sequence[WebhookSubscriber]


async def _audience(uow: BookingUnitOfWork, event_id: EventId) -> _Audience:
    event = await uow.inventory.card(event_id)
    return _Audience(event, await uow.webhook_subscribers.of(event.organizer_id))


def event_payload(card: EventSummary) -> dict[str, Any]:
    """An event as JSON has it."""
    return {
        "id": str(card.id),
        "name": card.name,
        "start_time": card.start_time.isoformat(),
        "end_time": card.end_time.isoformat(),
        "timezone": card.timezone,
        "place": card.place,
    }


def booking_payload(view: BookingView) -> dict[str, Any]:
    """A booking and its tickets as JSON has them. The codes are what is shown at the door."""
    booking, visitor = view.booking, view.booking.visitor
    return {
        "booking": {
            "id": str(booking.id),
            "status": booking.status.value,
            "quantity": booking.quantity,
            "seats": list(booking.seats),
            "amount": str(booking.amount),
            "currency": booking.currency,
            "expires_at": booking.expires_at.isoformat() if booking.expires_at else None,
            "waitlist_position": view.position,
            "user_id": str(booking.user_id) if booking.user_id else None,
            "visitor": {"full_name": visitor.full_name, "email": visitor.email} if visitor else None,
        },
        "tickets": [{"id": str(each.id), "code": each.code} for each in view.tickets if not each.is_void],
    }
