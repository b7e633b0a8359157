"""The signals that follow what is committed, on every store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from adapters.payments.simulated import APPROVE
from core.booking.errors import SeatUnavailable
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.signals import BookingsChanged, CheckInsChanged, EventsChanged, PaymentsChanged, Signal, Signals
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, OFFER

PRICE = Decimal("12.50")


@contextmanager
def heard(signals: Signals) -> Iterator[list[Signal]]:
    """Collect the signals that are published in the block."""
    received: list[Signal] = []
    unsubscribe = signals.subscribe(received.extend)
    yield received
    unsubscribe()


def _changed(
    event_id: EventId, view: BookingView, who: Principal, *, sold: int = 0, available: int = 0, **more: Any
) -> BookingsChanged:
    counts: dict[str, Any] = {"waitlist_count": 0, "seats": {}} | more
    return BookingsChanged(event_id, sold, available, bookings={view.booking.id: who.user_id}, **counts)


async def test_a_booking_says_what_is_left_and_which_seats_it_has(office: BoxOffice) -> None:
    ada, bob, eve = await office.people(3)
    event_id = await office.open(capacity=3, price=PRICE)
    await office.generate_seats(event_id, by=ADMIN)
    with heard(office.store.signals) as signals:
        held = await office.book_seats(event_id, ada, "A-2")
        assert signals.pop() == _changed(event_id, held, ada, sold=1, available=2, seats={"A-2": "held"})
        paid = await office.pay(held.booking.id, by=ada, token=APPROVE)
        assert signals[-1] == _changed(event_id, paid, ada, available=2, seats={"A-2": "reserved"})
        rest = await office.book(event_id, bob, 2)
        assert signals[-1] == _changed(event_id, rest, bob, sold=2, seats={"A-1": "held", "A-3": "held"})
        waiting = await office.book(event_id, eve, 1)
        assert signals[-1] == _changed(event_id, waiting, eve, waitlist_count=1)
        signals.clear()
        await office.cancel(held.booking.id, by=ada)
        [cancelled] = signals
        # Whom the freed place goes to is known in the same step.
        assert cancelled == BookingsChanged(
            event_id, 1, 0, 0, {"A-2": "held"}, {held.booking.id: ada.user_id, waiting.booking.id: eve.user_id}
        )


async def test_released_seats_are_available_again(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    event_id = await office.open(capacity=3, price=PRICE)
    await office.generate_seats(event_id, by=ADMIN)
    held = await office.book(event_id, ada, 2)
    office.store.clock.move(max(HOLD, OFFER))
    with heard(office.store.signals) as signals:
        await office.expire()
    assert signals == [_changed(event_id, held, ada, available=3, seats={"A-1": "available", "A-2": "available"})]


async def test_refunds_and_check_ins_are_signalled(office: BoxOffice) -> None:
    ada, bob = await office.people(2)
    event_id = await office.open(capacity=3, price=PRICE)
    held = await office.book(event_id, ada, 1)
    await office.pay(held.booking.id, by=ada, token=APPROVE)
    await office.cancel(held.booking.id, by=ada)
    free = await office.open(capacity=3)
    [ticket] = (await office.book(free, bob, 1)).tickets
    with heard(office.store.signals) as signals:
        await office.settle()
        await office.check_in(free, by=ADMIN, code=ticket.code)
        await office.undo_check_in(free, by=ADMIN, code=ticket.code)
        await office.undo_check_in(free, by=ADMIN, code=ticket.code)
    assert signals == [
        PaymentsChanged(event_id, {held.booking.id: ada.user_id}),
        CheckInsChanged(free),
        CheckInsChanged(free),
    ]


async def test_an_edited_and_a_cancelled_event_are_signalled(office: BoxOffice) -> None:
    event_id = await office.open(capacity=3)
    with heard(office.store.signals) as signals:
        await office.change(event_id, capacity=5)
        await office.cancel_event(event_id, by=ADMIN)
    assert signals == [
        BookingsChanged(event_id, sold=0, available=5, waitlist_count=0),
        EventsChanged((event_id,)),
        EventsChanged((event_id,)),
    ]


async def test_what_is_not_committed_is_not_signalled(office: BoxOffice) -> None:
    ada, bob = await office.people(2)
    event_id = await office.open(capacity=3)
    await office.generate_seats(event_id, by=ADMIN)
    await office.book_seats(event_id, ada, "A-2")
    with heard(office.store.signals) as signals:
        with pytest.raises(SeatUnavailable):
            await office.book_seats(event_id, bob, "A-2")
        async with office.store.booking() as uow:
            uow.signals.add(CheckInsChanged(event_id))
        assert signals == []
