"""A platform with data of every kind: each event is named after the case it covers."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal

from adapters.payments.simulated import APPROVE, DECLINE, TIMEOUT, TIMEOUT_LOST
from core.booking.ports import BookingView
from core.catalog.model import EventStatus
from core.shared.access import Principal
from core.shared.errors import PaymentRequired, Unavailable
from tests.support.box_office import ADMIN, BoxOffice

PRICE = Decimal("12.50")


async def keep_busy(office: BoxOffice) -> None:
    people = await office.people(8)
    await _priced(office, people)
    await _roomy(office, people)
    await _full(office, people)
    await _with_seats(office, people)
    await _cancelled(office, people)
    await _held(office, people)


async def _roomy(office: BoxOffice, people: list[Principal]) -> None:
    """Free places for everybody, and a cancelled booking."""
    roomy = await office.open(name="roomy", capacity=50)
    for who in people:
        view = await office.book(roomy, who, 3)
    await office.cancel(view.booking.id, by=people[-1])
    await office.register(roomy, full_name="Vera", email="vera@example.com")
    used = (await office.book(roomy, people[0])).tickets[0]
    await office.check_in(roomy, by=ADMIN, code=used.code)
    unlimited = await office.open(name="unlimited", capacity=None)
    await office.book(unlimited, people[0], 10)


async def _full(office: BoxOffice, people: list[Principal]) -> None:
    """A waitlist whose head does not fit, and one that a party left since it is larger than the reduced capacity."""
    full = await office.open(name="full", capacity=5)
    held = await office.book(full, people[0], 3)
    await office.book(full, people[1], 1)
    for quantity, who in zip((5, 2, 2, 2, 1), people[2:], strict=False):
        await office.book(full, who, quantity)
    await office.change(full, capacity=4)
    await office.cancel(held.booking.id, by=people[0])
    hidden = await office.open(name="hidden", capacity=1)
    first, _ = await office.book(hidden, people[0]), await office.book(hidden, people[1])
    await office.change(hidden, status=EventStatus.INACTIVE)
    await office.cancel(first.booking.id, by=people[0])  # so there are free places, but nobody is promoted


async def _with_seats(office: BoxOffice, people: list[Principal]) -> None:
    """Reserved and free seats, in rows beyond Z."""
    mapped = await office.open(name="seated", capacity=60)
    await office.generate_seats(mapped, by=ADMIN, rows=30, per_row=2)
    await office.book_seats(mapped, people[0], "AA-1", "B-2")
    await office.book(mapped, people[1], 5)
    given_back = await office.book(mapped, people[2], 2)
    await office.cancel(given_back.booking.id, by=people[2])


async def _priced(office: BoxOffice, people: list[Principal]) -> None:
    """Payments with every outcome, and their bookings."""
    priced = await office.open(name="priced", capacity=50, price=PRICE)
    views = [await office.book(priced, who, 2) for who in people[:7]]
    for view, who, token in zip(views, people, (APPROVE, APPROVE, DECLINE, TIMEOUT, TIMEOUT_LOST), strict=False):
        await _try_to_pay(office.pay(view.booking.id, by=who, token=token))
    await office.cancel(views[1].booking.id, by=people[1])
    office.store.clock.move(timedelta(minutes=2))
    await office.settle()
    await _try_to_pay(office.pay(views[5].booking.id, by=people[5], token=TIMEOUT))  # its outcome is unknown
    late = await office.book(priced, people[7])
    await office.pay(late.booking.id, by=people[7], token=APPROVE)
    await office.cancel(late.booking.id, by=people[7])  # due to be refunded


async def _cancelled(office: BoxOffice, people: list[Principal]) -> None:
    """A cancelled event with bookings and payments."""
    over = await office.open(name="over", capacity=2, price=PRICE)
    paid, *_ = [await office.book(over, who) for who in people[:4]]
    await office.pay(paid.booking.id, by=people[0], token=APPROVE)
    await office.cancel_event(over, by=ADMIN)


async def _held(office: BoxOffice, people: list[Principal]) -> None:
    """An expired hold that was not released yet, with a waiting party."""
    held = await office.open(name="held", capacity=1, price=PRICE)
    for who in people[:2]:
        await office.book(held, who)
    office.store.clock.move(timedelta(minutes=11))


async def _try_to_pay(payment: Awaitable[BookingView]) -> None:
    try:
        await payment
    except (PaymentRequired, Unavailable):
        return
