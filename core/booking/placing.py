"""Asking for places: by quantity or by seats, as a single ticket, or as a visitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.booking.errors import NotPayable
from core.booking.model import BookingStatus, Channel, Request, fingerprint, party, read_key, visitor
from core.booking.payment_service import PaymentService, payment_declined
from core.booking.ports import BookingBatcher, BookingView, PlacedBooking
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId, IdGenerator


@dataclass(frozen=True, slots=True)
class PlaceBooking:
    """Book places or seats for a whole party, or none of them.

    On a free event they are confirmed at once; on one with a price they are held until they are paid, which a payment
    token does in the same step; declined, they are free again, and to try again takes a new key. When the event is
    full, the party waits in line, unless it declined that. The same Idempotency-Key and request give the same booking
    again, as it is now, whatever happened between; another request under that key is refused. A refusal is not
    remembered: the key may be tried again.
    """

    desk: BookingBatcher
    till: PaymentService
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
        key = read_key(key)
        size, seats = party(quantity, None if seat_ids is None else tuple(seat_ids))
        request = Request(
            booking_id=BookingId(self.ids.new()),
            quantity=size,
            user_id=by.user_id,
            seats=seats,
            may_wait=waitlist,
            key=key,
            fingerprint=fingerprint({"quantity": size, "seats": sorted(seats), "waitlist": waitlist}),
            pays_at_once=payment_token is not None,
        )
        placed = await self.desk.place(event_id, request)
        return placed if payment_token is None else await self._paid(placed, by, payment_token)

    async def _paid(self, placed: PlacedBooking, by: Principal, token: str) -> PlacedBooking:
        booking_id, status = placed.view.booking.id, placed.view.booking.status
        if status is BookingStatus.PENDING:
            try:
                return replace(placed, view=await self.till.take(booking_id, by, token))
            except NotPayable:
                if not placed.replayed:
                    raise
            # Another request with this key is paying it, or has; what became of that is the answer to this one, too.
            placed = replace(placed, view=await self.till.view(booking_id))
        if placed.view.booking.status is BookingStatus.FAILED:
            raise payment_declined()
        return placed


@dataclass(frozen=True, slots=True)
class RegisterVisitor:
    """Register somebody without an account for a free event, once per email address whatever its case.

    A registration takes a place like any booking, from the same capacity and in the same line.
    """

    desk: BookingBatcher
    ids: IdGenerator

    async def __call__(self, event_id: EventId, *, full_name: str, email: str) -> BookingView:
        request = Request(
            booking_id=BookingId(self.ids.new()),
            quantity=1,
            channel=Channel.REGISTER,
            visitor=visitor(full_name, email),
        )
        return (await self.desk.place(event_id, request)).view
