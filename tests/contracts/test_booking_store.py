"""Booking on every store: what one does, the other does too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from adapters.payments.simulated import APPROVE, DECLINE, TIMEOUT, TIMEOUT_LOST
from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyPurchased,
    AlreadyRegistered,
    BookingNotFound,
    CapacityBelowBooked,
    EventNotOpen,
    IdempotencyKeyReused,
    NoSuchEvent,
    NotPayable,
    PaymentDeclined,
    PaymentNeeded,
    PaymentUnavailable,
    SeatsExist,
    SeatUnavailable,
    SoldOut,
    TicketNotFound,
    UnknownSeat,
)
from core.booking.model import BookingStatus
from core.booking.payment import Charge
from core.booking.ports import BookingView
from core.catalog.errors import EventHasBookings, EventNotFound
from core.catalog.model import EventStatus
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import BookingId, EventId
from core.shared.paging import BadCursor, PageRequest
from tests.box_office import ADMIN, BoxOffice, box_office
from tests.builders import NOW
from tests.stores import Store

PENDING, CONFIRMED, WAITLISTED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.WAITLISTED
CANCELLED, EXPIRED, FAILED = BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.FAILED
PRICE = Decimal("12.50")


@pytest.fixture
def office(store: Store) -> BoxOffice:
    return box_office(store)


async def refused(call: Awaitable[object], refusal: type[Refusal]) -> Refusal:
    with pytest.raises(refusal) as told:
        await call
    return told.value


async def status(office: BoxOffice, view: BookingView) -> BookingStatus:
    return (await office.now(view.booking.id)).booking.status


async def counts(office: BoxOffice, event_id: EventId) -> tuple[int, int]:
    event = await office.event(event_id)
    return event.booked_count, event.waitlist_count


async def test_a_booking_comes_back_as_it_was_answered(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    [ada] = await office.people(1)
    view = await office.book(event_id, ada, 3)
    assert await office.now(view.booking.id) == view
    assert (view.booking.status, view.position, view.event.id) == (CONFIRMED, None, event_id)
    assert len({ticket.code for ticket in view.tickets}) == 3
    assert await counts(office, event_id) == (3, 0)


async def test_an_unknown_event_or_booking_is_not_found(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    await refused(office.book(EventId(uuid4()), ada), NoSuchEvent)
    await refused(office.now(BookingId(uuid4())), BookingNotFound)
    await refused(office.cancel(BookingId(uuid4()), by=ada), BookingNotFound)


async def test_one_key_makes_one_booking_and_another_request_under_it_is_refused(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    ada, bob = await office.people(2)
    first = await office.place(event_id, by=ada, key="k", quantity=2)
    again = await office.place(event_id, by=ada, key='"k"', quantity=2)
    assert (again.replayed, again.view) == (True, first.view)
    await refused(office.place(event_id, by=ada, key="k", quantity=3), IdempotencyKeyReused)
    assert not (await office.place(event_id, by=bob, key="k", quantity=2)).replayed
    await office.cancel(first.view.booking.id, by=ada)
    assert (await office.place(event_id, by=ada, key="k", quantity=2)).view.booking.status is CANCELLED


async def test_a_thousand_replays_at_once_make_one_booking_and_get_the_same_answer(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    [ada] = await office.people(1)
    placed = await asyncio.gather(*(office.place(event_id, by=ada, key="k", quantity=2) for _ in range(1000)))
    assert len({each.view.booking.id for each in placed}) == 1
    assert sum(not each.replayed for each in placed) == 1
    assert await counts(office, event_id) == (2, 0)


async def test_a_refusal_is_not_remembered(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    again = partial(office.place, event_id, by=bob, key="k", quantity=1, waitlist=False)
    await refused(again(), SoldOut)
    await office.cancel(held.booking.id, by=ada)
    assert not (await again()).replayed


async def test_the_line_is_strict_whole_parties_and_nobody_overtakes(office: BoxOffice) -> None:
    event_id = await office.open(capacity=4)
    people = await office.people(5)
    held = await office.book(event_id, people[0], 4)
    big = await office.book(event_id, people[1], 3)
    small = await office.book(event_id, people[2], 1)
    assert (big.booking.status, big.position, small.position) == (WAITLISTED, 1, 2)
    await office.change(event_id, capacity=5)  # a place for `small`, but `big` is first
    assert [await status(office, view) for view in (big, small)] == [WAITLISTED, WAITLISTED]
    newcomer = await office.book(event_id, people[3], 1)
    assert newcomer.position == 3
    await refused(office.book(event_id, people[4], 1, waitlist=False), SoldOut)
    await office.cancel(held.booking.id, by=people[0])
    assert [await status(office, view) for view in (big, small, newcomer)] == [CONFIRMED] * 3
    assert len((await office.now(big.booking.id)).tickets) == 3
    assert await counts(office, event_id) == (5, 0)


async def test_leaving_the_line_moves_the_others_up(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    people = await office.people(4)
    await office.book(event_id, people[0])
    line = [await office.book(event_id, who) for who in people[1:]]
    await office.cancel(line[0].booking.id, by=people[1])
    assert [(await office.now(view.booking.id)).position for view in line] == [None, 1, 2]
    assert await counts(office, event_id) == (1, 2)


async def test_a_priced_booking_is_held_until_it_is_paid(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 2)
    assert (held.booking.status, held.booking.amount) == (PENDING, Decimal("25.00"))
    assert held.booking.expires_at == NOW + timedelta(minutes=10)
    assert held.tickets == ()
    paid = await office.pay(held.booking.id, by=ada, token=APPROVE)
    assert (paid.booking.status, paid.booking.expires_at, len(paid.tickets)) == (CONFIRMED, None, 2)
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)


async def test_a_hold_is_over_the_moment_its_time_is_up_swept_or_not(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada, 2)
    office.store.clock.move(timedelta(minutes=10))
    assert (await office.event(event_id)).available == 2
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)
    assert await status(office, held) is EXPIRED
    assert (await office.book(event_id, bob, 2)).booking.status is PENDING


async def test_an_offer_that_is_not_taken_passes_to_the_next(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    people = await office.people(3)
    held = await office.book(event_id, people[0])
    first, second = [await office.book(event_id, who) for who in people[1:]]
    office.store.clock.move(timedelta(minutes=10))
    assert await office.expire() == 1
    assert [await status(office, view) for view in (held, first, second)] == [EXPIRED, PENDING, WAITLISTED]
    offered = await office.now(first.booking.id)
    assert offered.booking.expires_at == NOW + timedelta(minutes=40)
    office.store.clock.move(timedelta(minutes=30))
    assert await office.expire() == 1
    assert [await status(office, view) for view in (first, second)] == [EXPIRED, PENDING]
    assert await office.expire() == 0


async def test_a_declined_payment_frees_the_places_for_the_line(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held, waiting = await office.book(event_id, ada), await office.book(event_id, bob)
    await refused(office.pay(held.booking.id, by=ada, token=DECLINE), PaymentDeclined)
    assert [await status(office, view) for view in (held, waiting)] == [FAILED, PENDING]
    assert await money(office) == Decimal(0)


async def money(office: BoxOffice) -> Decimal:
    """What the gateway has taken and not given back."""
    entries = await office.gateway.ledger.entries()
    return sum((e.amount for e in entries if e.outcome is Charge.APPROVED and not e.refunded), Decimal(0))


@pytest.mark.parametrize(("token", "outcome", "taken"), [(TIMEOUT, CONFIRMED, PRICE), (TIMEOUT_LOST, PENDING, 0)])
async def test_without_an_answer_the_booking_waits_and_the_worker_finds_out(
    office: BoxOffice, token: str, outcome: BookingStatus, taken: Decimal
) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=token), PaymentUnavailable)
    assert await status(office, held) is PENDING
    await refused(office.pay(held.booking.id, by=ada, token=APPROVE), NotPayable)
    office.store.clock.move(timedelta(minutes=2))
    assert await office.settle() == 1
    assert await status(office, held) is outcome
    assert await money(office) == taken
    assert await office.settle() == 0
    assert (await office.book(event_id, bob)).booking.status is WAITLISTED


async def test_a_hold_does_not_run_out_while_its_payment_is_unknown(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=TIMEOUT_LOST), PaymentUnavailable)
    office.store.clock.move(timedelta(hours=1))
    assert (await office.book(event_id, bob)).booking.status is WAITLISTED
    await office.settle()
    assert await status(office, held) is EXPIRED
    assert await counts(office, event_id) == (1, 0)


async def test_cancelling_a_paid_booking_gives_the_money_back(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 2)
    await office.pay(held.booking.id, by=ada, token=APPROVE)
    cancelled = await office.cancel(held.booking.id, by=ada)
    assert cancelled.booking.status is CANCELLED
    assert {ticket.status for ticket in cancelled.tickets} == {"void"}
    office.store.clock.move(timedelta(minutes=2))
    assert await office.settle() == 1
    assert await money(office) == 0


async def test_a_booking_cancelled_while_it_is_paid_is_refunded(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    await refused(office.pay(held.booking.id, by=ada, token=TIMEOUT), PaymentUnavailable)
    await office.cancel(held.booking.id, by=ada)
    for _ in range(2):
        office.store.clock.move(timedelta(minutes=2))
        await office.settle()
    assert await money(office) == 0
    assert await counts(office, event_id) == (0, 0)


async def test_a_seat_map_has_as_many_seats_as_places(office: BoxOffice) -> None:
    event_id = await office.open(capacity=23)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 3)
    assert await office.generate_seats(event_id, by=ADMIN) == 23
    seats = await office.seats(event_id, viewer=None)
    assert [seat.label for seat, _ in seats][:2] == ["A-1", "A-2"]
    assert (seats[10][0].label, seats[-1][0].label, len(seats)) == ("B-1", "C-3", 23)
    assert [state for _, state in seats] == ["reserved"] * 3 + ["available"] * 20
    assert (await office.now(held.booking.id)).booking.seats == ("A-1", "A-2", "A-3")
    await refused(office.generate_seats(event_id, by=ADMIN), SeatsExist)


async def test_rows_set_the_capacity(office: BoxOffice) -> None:
    event_id = await office.open(capacity=None)
    await refused(office.generate_seats(event_id, by=ADMIN), InvalidFields)
    assert await office.generate_seats(event_id, by=ADMIN, rows=3, per_row=4) == 12
    assert (await office.event(event_id)).capacity == 12


async def test_a_hundred_thousand_seats_are_made_at_once(office: BoxOffice) -> None:
    event_id = await office.open(capacity=100_000)
    assert await office.generate_seats(event_id, by=ADMIN) == 100_000
    [ada] = await office.people(1)
    assert (await office.book_seats(event_id, ada, "NTP-10")).booking.seats == ("NTP-10",)


async def test_seats_are_booked_by_label_or_id_all_or_none(office: BoxOffice) -> None:
    event_id = await office.open(capacity=30)
    ada, bob = await office.people(2)
    first = await office.book_seats(event_id, ada, "b-2", "A-1")  # the map is made now
    assert first.booking.seats == ("B-2", "A-1")
    seats = {seat.label: (seat, state) for seat, state in await office.seats(event_id, viewer=None)}
    assert {label for label, (_, state) in seats.items() if state == "reserved"} == {"A-1", "B-2"}
    by_id = await office.book_seats(event_id, bob, seats["C-3"][0].id)
    assert by_id.booking.seats == ("C-3",)
    taken = await refused(office.book_seats(event_id, bob, "A-1", "A-2"), SeatUnavailable)
    assert taken.facts["seats"] == ["A-1"]
    unknown = await refused(office.book_seats(event_id, bob, "Z-99", "A-2"), UnknownSeat)
    assert unknown.facts["seats"] == ["Z-99"]
    await refused(office.book_seats(event_id, bob, "A-2", seats["A-2"][0].id), InvalidFields)
    assert await counts(office, event_id) == (3, 0)


async def test_a_quantity_gets_the_best_seats_side_by_side(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    people = await office.people(4)
    await office.book_seats(event_id, people[0], "A-3")
    assert (await office.book(event_id, people[1], 3)).booking.seats == ("A-4", "A-5", "A-6")
    assert (await office.book(event_id, people[2], 2)).booking.seats == ("A-1", "A-2")
    assert (await office.book(event_id, people[3], 5)).booking.seats == ("B-1", "B-2", "B-3", "B-4", "B-5")


async def test_seats_are_held_and_given_back_with_their_booking(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book_seats(event_id, ada, "A-1", "A-2")
    assert [state for _, state in await office.seats(event_id, viewer=None)] == ["held", "held"]
    waiting = await office.book_seats(event_id, bob, "A-2")  # full: any seat will do
    assert (waiting.booking.status, waiting.booking.seats) == (WAITLISTED, ())
    office.store.clock.move(timedelta(minutes=10))
    assert [state for _, state in await office.seats(event_id, viewer=None)] == ["available", "available"]
    await office.expire()
    assert (await office.now(waiting.booking.id)).booking.seats == ("A-1",)
    assert (await office.now(held.booking.id)).booking.seats == ()
    assert [state for _, state in await office.seats(event_id, viewer=None)] == ["held", "available"]


async def test_a_map_grows_at_the_end_and_shrinks_only_while_the_end_is_free(office: BoxOffice) -> None:
    event_id = await office.open(capacity=12)
    ada, bob = await office.people(2)
    held = await office.book_seats(event_id, ada, "B-2")
    waiting = None
    await refused(office.change(event_id, capacity=11), CapacityBelowBooked)
    await refused(office.change(event_id, capacity=None), InvalidFields)
    assert len(await office.seats(event_id, viewer=None)) == 12
    await office.change(event_id, capacity=21)
    assert (await office.seats(event_id, viewer=None))[-1][0].label == "C-1"
    await office.cancel(held.booking.id, by=ada)
    await office.change(event_id, capacity=1)
    await office.book(event_id, ada)
    waiting = await office.book(event_id, bob)
    await office.change(event_id, capacity=3)
    assert (await office.now(waiting.booking.id)).booking.seats == ("A-2",)


async def test_a_visitor_registers_once_in_the_same_line(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada)
    waiting = await office.register(event_id, full_name="Vera V.", email="Vera@Example.com")
    assert (waiting.booking.status, waiting.position) == (WAITLISTED, 1)
    await refused(office.register(event_id, full_name="V.", email="vera@example.COM"), AlreadyRegistered)
    await office.cancel(held.booking.id, by=ada)
    promoted = await office.now(waiting.booking.id)
    assert (promoted.booking.status, len(promoted.tickets)) == (CONFIRMED, 1)
    assert promoted.booking.visitor is not None
    assert promoted.booking.visitor.email == "vera@example.com"
    priced = await office.open(price=PRICE)
    await refused(office.register(priced, full_name="V.", email="v@example.com"), PaymentNeeded)


async def test_a_ticket_is_purchased_once_and_paid_at_once(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    await refused(office.purchase(event_id, by=ada, token=DECLINE), PaymentDeclined)
    bought = await office.purchase(event_id, by=ada)
    assert (bought.booking.status, len(bought.tickets)) == (CONFIRMED, 1)
    await refused(office.purchase(event_id, by=ada), AlreadyPurchased)
    await refused(office.purchase(event_id, by=bob), SoldOut)
    assert await money(office) == PRICE
    await office.cancel(bought.booking.id, by=ada)
    assert (await office.purchase(event_id, by=ada)).booking.status is CONFIRMED


async def test_a_ticket_is_used_once_at_its_own_event(office: BoxOffice) -> None:
    event_id, other = await office.open(), await office.open()
    [ada] = await office.people(1)
    [first, second] = (await office.book(event_id, ada, 2)).tickets
    used = await office.check_in(event_id, by=ADMIN, code=first.code)
    assert (used.ticket.status, used.ticket.checked_in_at) == ("used", NOW)
    office.store.clock.move(timedelta(minutes=1))
    again = await refused(office.check_in(event_id, by=ADMIN, code=first.code), AlreadyCheckedIn)
    assert again.facts["checked_in_at"] == NOW
    for event, code in ((other, second.code), (event_id, "nonsense")):
        await refused(office.check_in(event, by=ADMIN, code=code), TicketNotFound)


async def test_a_ticket_scanned_many_times_at_once_is_used_once(office: BoxOffice) -> None:
    event_id = await office.open()
    [ada] = await office.people(1)
    [ticket] = (await office.book(event_id, ada)).tickets
    scans = (office.check_in(event_id, by=ADMIN, code=ticket.code) for _ in range(20))
    outcomes = await asyncio.gather(*scans, return_exceptions=True)
    assert sum(isinstance(outcome, AlreadyCheckedIn) for outcome in outcomes) == 19


async def test_tickets_are_shown_with_their_seats_newest_first(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    [ada] = await office.people(1)
    view = await office.book_seats(event_id, ada, "B-1", "A-1")
    page = await office.my_tickets(PageRequest(), by=ada)
    assert [ticket.ticket.id for ticket in page.items] == [ticket.id for ticket in view.tickets[::-1]]
    assert [ticket.seat for ticket in page.items] == ["A-1", "B-1"]
    shown = await office.read_ticket(view.tickets[0].id, by=ada)
    assert (shown.seat, shown.user_id, shown.event.id) == ("B-1", ada.user_id, event_id)
    first = await office.my_tickets(PageRequest(limit=1), by=ada)
    rest = await office.my_tickets(PageRequest(limit=1, cursor=first.next_cursor), by=ada)
    assert [*first.items, *rest.items] == page.items


async def test_cancelling_an_event_ends_everything_and_refunds(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    people = await office.people(3)
    paid = await office.book(event_id, people[0])
    await office.pay(paid.booking.id, by=people[0], token=APPROVE)
    held, waiting = [await office.book(event_id, who) for who in people[1:]]
    for _ in range(2):
        await office.cancel_event(event_id, by=ADMIN)
    assert {await status(office, view) for view in (paid, held, waiting)} == {CANCELLED}
    assert await counts(office, event_id) == (0, 0)
    assert (await office.event(event_id)).status is EventStatus.CANCELLED
    office.store.clock.move(timedelta(minutes=2))
    await office.settle()
    assert await money(office) == 0
    await refused(office.book(event_id, people[0]), EventNotOpen)


async def test_a_hidden_event_keeps_its_bookings_and_its_line(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    held, waiting = await office.book(event_id, ada), await office.book(event_id, bob)
    await office.change(event_id, status=EventStatus.INACTIVE)
    await refused(office.book(event_id, ada), NoSuchEvent)
    await office.cancel(held.booking.id, by=ada)
    assert await status(office, waiting) is WAITLISTED
    await office.change(event_id, status=EventStatus.OPEN)
    assert await status(office, waiting) is CONFIRMED


async def test_an_event_that_was_ever_booked_is_not_deleted(office: BoxOffice) -> None:
    booked, unbooked = await office.open(), await office.open(capacity=3)
    [ada] = await office.people(1)
    view = await office.book(booked, ada)
    await office.cancel(view.booking.id, by=ada)
    await refused(office.delete_event(booked, by=ADMIN), EventHasBookings)
    await office.generate_seats(unbooked, by=ADMIN)
    await office.delete_event(unbooked, by=ADMIN)
    await refused(office.delete_event(unbooked, by=ADMIN), EventNotFound)


async def test_my_bookings_are_listed_newest_first_in_pages_and_can_be_narrowed(office: BoxOffice) -> None:
    soon, late = await office.open(), await office.open(start_time=NOW + timedelta(days=30))
    ada, bob = await office.people(2)
    views = [await office.book(event_id, ada) for event_id in (soon, late, soon)]
    await office.book(soon, bob)
    await office.cancel(views[0].booking.id, by=ada)

    async def found(**narrowed: Any) -> list[BookingId]:
        page = await office.mine(PageRequest(), by=ada, **narrowed)
        return [view.booking.id for view in page.items]

    ids = [view.booking.id for view in views]
    assert await found() == ids[::-1]
    assert await found(status=CANCELLED) == [ids[0]]
    assert await found(event_id=late) == [ids[1]]
    office.store.clock.move(timedelta(days=2))
    assert await found(upcoming=True) == [ids[1]]
    first = await office.mine(PageRequest(limit=2), by=ada)
    rest = await office.mine(PageRequest(limit=2, cursor=first.next_cursor), by=ada)
    assert [view.booking.id for page in (first, rest) for view in page.items] == ids[::-1]
    await refused(office.mine(PageRequest(cursor="nonsense"), by=ada), BadCursor)
