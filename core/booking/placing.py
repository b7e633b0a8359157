"""Requesting places: by quantity, by seats, or as a visitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.booking.errors import EventStarted, NotPayable
from core.booking.model import BookingStatus, Channel
from core.booking.payment_service import PaymentService, payment_declined
from core.booking.ports import BookingBatcher, BookingUnitOfWork, BookingView, PlacedBooking
from core.booking.requests import Request, fingerprint_of, new_visitor, parse_key, parse_party
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId, IdGenerator


@dataclass(frozen=True, slots=True)
class PlaceBooking:
    """Book places or seats for a whole party: all or nothing.

    On a free event they are confirmed at once. On an event with a price they are held until they are paid; a payment
    token pays for them in the same request. If the payment is declined they are released; another attempt needs a new
    key. When the event is full the party joins the waitlist, unless it declined that. The same Idempotency-Key and
    request return the same booking again, as it is now; another request with that key is refused. A refusal is not
    recorded: its key may be used again.
    """

    batcher: BookingBatcher
    payments: PaymentService
    new_uow: Callable[[], BookingUnitOfWork]
    ids: IdGenerator

    async def __call__(
        self,
        event_id: EventId,
        *,
        by: Principal,
        key: str | None,
        quantity: int | None = None,
        seat_ids: Sequence[str] | None = None,
        waitlist: bool = True,
        payment_token: str | None = None,
    ) -> PlacedBooking:
        key = parse_key(key)
        size, seats = parse_party(quantity, None if seat_ids is None else tuple(seat_ids))
        request = Request(
            booking_id=BookingId(self.ids.new()),
            quantity=size,
            user_id=by.user_id,
            seats=seats,
            may_wait=waitlist,
            key=key,
            fingerprint=fingerprint_of({"quantity": size, "seats": sorted(seats), "waitlist": waitlist}),
            pays_at_once=payment_token is not None,
        )
        placed = await self.batcher.place(event_id, request)
        return placed if payment_token is None else await self._pay(placed, by, payment_token)

    async def _pay(self, placed: PlacedBooking, by: Principal, token: str) -> PlacedBooking:
        booking = placed.view.booking
        if booking.status is BookingStatus.PENDING:
            try:
                return replace(placed, view=await self.payments.pay(booking.id, by, token))
            except (NotPayable, EventStarted):
                if not placed.replayed:
                    raise
            # Another request with this key is paying it or has paid it, or its hold has ended: show it as it is.
            async with self.new_uow() as uow:
                placed = replace(placed, view=await uow.bookings.view(booking.id))
        if placed.view.booking.status is BookingStatus.FAILED:
            raise payment_declined()
        return placed


@dataclass(frozen=True, slots=True)
class RegisterVisitor:
    """Register a person without an account for a free event, once per email address, whatever its spelling.

    A registration takes a place like any other booking, from the same capacity and through the same waitlist.
    """

    batcher: BookingBatcher
    ids: IdGenerator

    async def __call__(self, event_id: EventId, *, full_name: str, email: str) -> BookingView:
        request = Request(
            booking_id=BookingId(self.ids.new()),
            quantity=1,
            channel=Channel.REGISTER,
            visitor=new_visitor(full_name, email),
        )
        return (await self.batcher.place(event_id, request)).view
