"""Writing the messages about what happened to bookings, to whoever booked (F1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.booking.model import EventCard
from core.booking.notices import Notice
from core.booking.ports import BookingUnitOfWork, BookingView
from core.shared.clock import Clock
from core.shared.ids import BookingId, IdGenerator
from core.shared.messages import Message


@dataclass(frozen=True, slots=True)
class TellBookers:
    """Write the messages that notices ask for, each once; how many notices there were.

    They tell of a booking as it is when they are written, moments after what they are about.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    ids: IdGenerator
    clock: Clock
    limit: int = 20

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            taken = await uow.notices.take(self.limit)
            views = await uow.bookings.views([booking for notice in taken for booking in notice.booking_ids])
            await uow.outbox.add([message for notice in taken for message in self._messages(notice, views, now)])
            await uow.commit()
        return len(taken)

    def _messages(self, notice: Notice, views: Mapping[BookingId, BookingView], now: datetime) -> Iterator[Message]:
        for booking_id in notice.booking_ids:
            view = views[booking_id]
            visitor = view.booking.visitor
            yield Message(
                id=self.ids.new(),
                topic=notice.topic,
                created_at=now,
                email=visitor.email if visitor else None,
                user_id=view.booking.user_id,
                payload={"event": told_of_event(view.event), **told_of_booking(view), **notice.facts},
            )


def told_of_event(card: EventCard) -> dict[str, Any]:
    """An event as JSON has it."""
    return {
        "id": str(card.id),
        "name": card.name,
        "start_time": card.start_time.isoformat(),
        "end_time": card.end_time.isoformat(),
        "timezone": card.timezone,
        "place": card.place,
    }


def told_of_booking(view: BookingView) -> dict[str, Any]:
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
