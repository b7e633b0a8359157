"""Booking places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.errors import IdempotencyKeyReused
from core.booking.model import Booking, Refused, Request, admit, check_quantity, fingerprint, read_key
from core.booking.ports import BookingUnitOfWork, KeyUse
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import BookingId, EventId, IdGenerator


@dataclass(frozen=True, slots=True)
class Placed:
    """A booking, and whether an earlier request with the same key had made it."""

    booking: Booking
    replayed: bool


@dataclass(frozen=True, slots=True)
class PlaceBooking:
    """Book places for a whole party, or none of them.

    The same Idempotency-Key and request give the same booking again, as it is now, whatever happened between;
    another request under that key is refused. A refusal is not remembered: the key may be tried again.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, key: str | None, quantity: int) -> Placed:
        key = read_key(key)
        check_quantity(quantity)
        content = fingerprint({"quantity": quantity})
        async with self.new_uow() as uow:
            inventory = await uow.inventories.get_for_update(event_id)
            if use := await uow.keys.find(by.user_id, event_id, key):
                return Placed(await uow.bookings.get(_replayed(use, content)), replayed=True)
            request = Request(BookingId(self.ids.new()), by.user_id, quantity)
            [decision], inventory = admit(inventory, [request], self.clock.now())
            if isinstance(decision, Refused):
                raise decision.refusal
            await uow.inventories.save(inventory)
            await uow.bookings.add(decision.booking)
            await uow.keys.add(KeyUse(by.user_id, event_id, key, content, decision.booking.id))
            await uow.commit()
        return Placed(decision.booking, replayed=False)


def _replayed(use: KeyUse, content: str) -> BookingId:
    if use.fingerprint != content:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request on this event.")
    return use.booking_id
