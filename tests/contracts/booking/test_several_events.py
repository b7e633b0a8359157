"""A change of several events in one transaction, on every store."""

from __future__ import annotations

from decimal import Decimal

from core.booking.batching import place_batches
from core.booking.model import BookingStatus
from core.booking.ports import PlacedBooking
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, OFFER, a_request

PRICE = Decimal("12.50")


async def test_changes_to_several_events_are_written_together(office: BoxOffice) -> None:
    ada, bob, eve = await office.people(3)
    seated, priced, full = [await office.open(capacity=2, price=price) for price in (Decimal(0), PRICE, PRICE)]
    await office.generate_seats(seated, by=ADMIN)
    expired = await office.book(full, ada, 2)
    waiting = await office.book(full, bob, 2)
    office.store.clock.move(HOLD)
    while await office.notify():
        pass
    asked = {
        seated: [a_request(user_id=ada.user_id, seats=("A-2",)), a_request(user_id=bob.user_id)],
        priced: [a_request(user_id=ada.user_id, key="k", fingerprint="f")],
        full: [a_request(user_id=eve.user_id)],
    }
    async with office.store.booking() as uow:
        placed = await place_batches(uow, asked, office.store.new_context())
    outcomes = [outcome for event_id in asked for outcome in placed[event_id]]
    views = [outcome.view for outcome in outcomes if isinstance(outcome, PlacedBooking)]
    assert [await office.stored(view.booking.id) for view in views] == views
    assert [(view.booking.status, view.booking.seats, len(view.tickets)) for view in views] == [
        (BookingStatus.CONFIRMED, ("A-2",), 1),
        (BookingStatus.CONFIRMED, ("A-1",), 1),
        (BookingStatus.PENDING, (), 0),
        (BookingStatus.WAITLISTED, (), 0),
    ]
    assert [await office.status(view) for view in (expired, waiting)] == [BookingStatus.EXPIRED, BookingStatus.PENDING]
    assert [await office.counts(event_id) for event_id in asked] == [(2, 0), (1, 0), (2, 1)]
    assert await office.notify() == len(["confirmed", "pending", "expired", "offered", "waitlisted"])
    again = await office.store.batcher.place(priced, a_request(user_id=ada.user_id, key="k", fingerprint="f"))
    assert (again.replayed, again.view) == (True, views[2])
    office.store.clock.move(HOLD)
    assert await office.expire() == 1  # on the event with a new hold
    office.store.clock.move(OFFER)
    assert await office.expire() == 1  # on the one with an offer
