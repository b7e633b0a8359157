"""Booking and registering, on the memory store (B1-B4, B6, B7, B12, B13)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.errors import (
    AlreadyRegistered,
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NoSuchEvent,
    NotBookable,
    PaymentNeeded,
    RegistrationClosed,
    SoldOut,
)
from core.booking.model import BookingStatus, Channel, Visitor
from core.booking.ports import BookingView, PlacedBooking
from core.catalog.model import EventStatus, Origin
from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, NOW, OFFER, a_person, an_event

SECOND = timedelta(seconds=1)
CONFIRMED, CANCELLED = BookingStatus.CONFIRMED, BookingStatus.CANCELLED


def counts(view: BookingView) -> tuple[str, int | None, int]:
    return view.booking.status.value, view.position, len(view.tickets)


# Placing


async def test_a_booking_takes_places_and_can_be_read_by_its_owner(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=5), a_person()
    placed = await office.place(event_id, by=ada, key="one", quantity=3)
    assert not placed.replayed
    assert counts(placed.view) == ("confirmed", None, 3)
    assert (placed.view.event.id, placed.view.event.name) == (event_id, "Night of the short film")
    assert (await office.event(event_id)).booked_count == 3
    booking_id = placed.view.booking.id
    assert await office.read(booking_id, by=ada) == await office.read(booking_id, by=ADMIN) == placed.view
    with pytest.raises(BookingNotFound):
        await office.read(booking_id, by=a_person(Role.ORGANIZER))


async def test_the_same_key_gives_the_same_booking_as_it_is_now(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=5), a_person()
    first = await office.place(event_id, by=ada, key="one", quantity=3)
    again = await office.place(event_id, by=ada, key='"one"', quantity=3)
    assert again == PlacedBooking(first.view, replayed=True)
    await office.cancel(first.view.booking.id, by=ada)
    later = await office.place(event_id, by=ada, key="one", quantity=3)
    assert (later.view.booking.id, later.view.booking.status, later.replayed) == (
        first.view.booking.id,
        CANCELLED,
        True,
    )
    assert (await office.event(event_id)).booked_count == 0


async def test_a_replay_says_whether_the_party_was_waitlisted_at_first(office: BoxOffice) -> None:
    event_id, ada, bob = await office.open(capacity=1), a_person(), a_person()
    holder = await office.place(event_id, by=ada, key="one", quantity=1)
    waiting = await office.place(event_id, by=bob, key="one", quantity=1)
    assert (holder.was_waitlisted, waiting.was_waitlisted) == (False, True)
    await office.cancel(holder.view.booking.id, by=ada)
    again = await office.place(event_id, by=bob, key="one", quantity=1)
    assert (again.view.booking.status, again.was_waitlisted, again.replayed) == (CONFIRMED, True, True)


async def test_a_replay_is_answered_even_when_the_event_has_closed_since(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    first = await office.place(event_id, by=ada, key="one", quantity=1)
    await office.change(event_id, status=EventStatus.INACTIVE)
    again = await office.place(event_id, by=ada, key="one", quantity=1)
    assert (again.replayed, again.view.booking, again.view.tickets) == (True, first.view.booking, first.view.tickets)


@pytest.mark.parametrize("other", [{"quantity": 2}, {"quantity": 3, "waitlist": False}, {"seat_ids": ["A-1"]}])
async def test_the_same_key_with_another_request_is_refused(office: BoxOffice, other: dict[str, object]) -> None:
    event_id, ada = await office.open(), a_person()
    await office.place(event_id, by=ada, key="one", quantity=3)
    with pytest.raises(IdempotencyKeyReused):
        await office.place(event_id, by=ada, key="one", **other)  # type: ignore[arg-type]
    assert (await office.event(event_id)).booked_count == 3


async def test_a_key_belongs_to_one_person_and_one_event(office: BoxOffice) -> None:
    here, there, ada, bob = await office.open(), await office.open(), a_person(), a_person()
    placed = [
        await office.place(event_id, by=who, key="same", quantity=1)
        for event_id, who in ((here, ada), (here, bob), (there, ada))
    ]
    assert len({each.view.booking.id for each in placed}) == 3


async def test_a_refusal_is_not_remembered(office: BoxOffice) -> None:
    event_id, ada, bob = await office.open(capacity=1), a_person(), a_person()
    holder = await office.book(event_id, bob)
    with pytest.raises(SoldOut):
        await office.place(event_id, by=ada, key="a", quantity=1, waitlist=False)
    await office.cancel(holder.booking.id, by=bob)
    assert not (await office.place(event_id, by=ada, key="a", quantity=1, waitlist=False)).replayed


async def test_a_request_without_a_key_or_with_an_invalid_party_is_refused(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    with pytest.raises(IdempotencyKeyMissing):
        await office.place(event_id, by=ada, key=None, quantity=1)
    for size in (0, 11):
        with pytest.raises(InvalidFields):
            await office.book(event_id, ada, size)
    for both in ({"quantity": 1, "seat_ids": ["A-1"]}, {}):
        with pytest.raises(InvalidFields):
            await office.place(event_id, by=ada, key="k", **both)  # type: ignore[arg-type]
    assert (await office.event(event_id)).booked_count == 0


async def test_a_hidden_or_unknown_event_is_not_found(office: BoxOffice) -> None:
    for event_id in (await office.open(status=EventStatus.INACTIVE), an_event().id):
        with pytest.raises(NoSuchEvent):
            await office.book(event_id, a_person())
        with pytest.raises(NoSuchEvent):
            await office.register(event_id, full_name="Ada", email="ada@example.com")


async def test_an_event_that_cannot_be_booked_says_why(office: BoxOffice) -> None:
    for values, refusal in (
        ({"origin": Origin.DICE}, NotBookable),
        ({"status": EventStatus.CLOSED}, EventNotOpen),
        ({"status": EventStatus.CANCELLED}, EventNotOpen),
        ({"start_time": NOW}, EventStarted),
        ({"registration_deadline": NOW}, RegistrationClosed),
        ({"capacity": 2}, ExceedsCapacity),
    ):
        event_id = await office.open(**values)
        with pytest.raises(refusal):
            await office.book(event_id, a_person(), 3)
        assert (await office.event(event_id)).booked_count == 0
    await office.book(await office.open(origin=Origin.PARTNER), a_person())


async def test_concurrent_bookings_get_the_places_there_are(office: BoxOffice) -> None:
    event_id = await office.open(capacity=7)
    views = await asyncio.gather(*(office.book(event_id, a_person(), 2) for _ in range(20)))
    assert Counter(view.booking.status.value for view in views) == {"confirmed": 3, "waitlisted": 17}
    assert sorted(view.position or 0 for view in views) == [0, 0, 0, *range(1, 18)]
    event = await office.event(event_id)
    assert (event.booked_count, event.waitlist_count) == (6, 17)


async def test_a_thousand_replays_of_one_key_are_one_booking(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    placed = await asyncio.gather(*(office.place(event_id, by=ada, key="k", quantity=1) for _ in range(1000)))
    assert len({each.view.booking.id for each in placed}) == 1
    assert [each.replayed for each in placed].count(False) == 1
    assert (await office.event(event_id)).booked_count == 1


# The waitlist


async def test_the_waitlist_position_is_shown_and_decreases(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=2), a_person()
    holder = await office.book(event_id, ada, 2)
    waiting = [await office.book(event_id, a_person(), 2) for _ in range(3)]
    assert [counts(view) for view in waiting] == [("waitlisted", position, 0) for position in (1, 2, 3)]
    await office.cancel(holder.booking.id, by=ada)
    after = [counts(await office.stored(view.booking.id)) for view in waiting]
    assert after == [("confirmed", None, 2), ("waitlisted", 1, 0), ("waitlisted", 2, 0)]


async def test_expired_holds_are_offered_once_by_the_worker(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=Decimal(10))
    held, waiting = [await office.book(event_id, a_person()) for _ in range(2)]
    assert (held.booking.expires_at, await office.expire()) == (NOW + HOLD, 0)
    office.store.clock.move(HOLD)
    assert await office.expire() == 1
    assert (await office.stored(held.booking.id)).booking.status is BookingStatus.EXPIRED
    offered = (await office.stored(waiting.booking.id)).booking
    assert (offered.status, offered.expires_at) == (BookingStatus.PENDING, NOW + HOLD + OFFER)
    assert await office.expire() == 0


async def test_a_booking_says_whether_its_places_were_offered(office: BoxOffice) -> None:
    event_id, ada, grace = await office.open(capacity=1, price=Decimal(10)), a_person(), a_person()
    held, waiting = await office.book(event_id, ada), await office.book(event_id, grace)
    assert not (await office.read(held.booking.id, by=ada)).is_offer
    assert not (await office.read(waiting.booking.id, by=grace)).is_offer
    await office.cancel(held.booking.id, by=ada)
    assert (await office.read(waiting.booking.id, by=grace)).is_offer


async def test_an_expired_hold_is_free_without_a_worker(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=Decimal(10))
    held = await office.book(event_id, a_person())
    office.store.clock.move(HOLD)
    assert (await office.event(event_id)).booked_count == 0
    assert (await office.book(event_id, a_person(), waitlist=False)).booking.status is BookingStatus.PENDING
    assert (await office.stored(held.booking.id)).booking.status is BookingStatus.EXPIRED


# Visitors


async def test_a_visitor_registers_once_per_address_whatever_its_case(office: BoxOffice) -> None:
    event_id, other = await office.open(capacity=1), await office.open()
    view = await office.register(event_id, full_name=" Ada Lovelace ", email="Ada@Example.com")
    assert view.booking.visitor == Visitor("Ada Lovelace", "ada@example.com")
    assert (view.booking.user_id, view.booking.channel, view.booking.quantity) == (None, Channel.REGISTER, 1)
    assert counts(view) == ("confirmed", None, 1)
    with pytest.raises(AlreadyRegistered):
        await office.register(event_id, full_name="Ada", email="ADA@example.COM")
    await office.register(other, full_name="Ada", email="ada@example.com")
    assert counts(await office.register(event_id, full_name="Bob", email="bob@example.com")) == ("waitlisted", 1, 0)
    with pytest.raises(BookingNotFound):
        await office.read(view.booking.id, by=a_person())


async def test_registering_is_for_free_events_before_their_deadline(office: BoxOffice) -> None:
    priced, late = await office.open(price=Decimal("0.01")), await office.open(registration_deadline=NOW)
    with pytest.raises(PaymentNeeded):
        await office.register(priced, full_name="Ada", email="ada@example.com")
    with pytest.raises(RegistrationClosed):
        await office.register(late, full_name="Ada", email="ada@example.com")


# Lists


async def test_users_list_their_own_bookings_newest_first_and_can_filter_them(office: BoxOffice) -> None:
    ada: Principal = a_person()
    soon, late = await office.open(), await office.open(start_time=NOW + timedelta(days=9))
    first, second = [(await office.book(event_id, ada)).booking.id for event_id in (soon, late)]
    await office.book(soon, a_person())
    everything = await office.my_bookings(PageRequest(), by=ada)
    assert [view.booking.id for view in everything.items] == [second, first]
    only_soon = await office.my_bookings(PageRequest(), by=ada, event_id=soon)
    assert [view.booking.id for view in only_soon.items] == [first]
    await office.cancel(second, by=ada)
    confirmed = await office.my_bookings(PageRequest(), by=ada, status=CONFIRMED)
    assert [view.booking.id for view in confirmed.items] == [first]
    office.store.clock.move(timedelta(days=5))
    ahead = await office.my_bookings(PageRequest(), by=ada, upcoming=True)
    assert [view.booking.event_id for view in ahead.items] == [late]
