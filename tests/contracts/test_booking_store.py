"""Inventories, bookings and idempotency keys, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from core.accounts.model import User
from core.booking.errors import BookingNotFound, NoSuchEvent
from core.booking.model import Booking, BookingStatus
from core.booking.ports import BookingFilter, KeyUse
from core.catalog.model import Event, EventStatus, Origin
from core.shared.ids import BookingId, EventId
from core.shared.paging import BadCursor, PageRequest
from tests.builders import NOW, a_booking, a_user, an_event
from tests.stores import Store


async def prepared(store: Store, event: Event) -> User:
    user = a_user()
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    return user


async def booked(store: Store, *bookings: Booking) -> None:
    async with store.booking() as uow:
        for booking in bookings:
            await uow.bookings.add(booking)
        await uow.commit()


async def test_an_inventory_tells_what_decides_about_a_booking(store: Store) -> None:
    event = an_event(capacity=7, price=Decimal("12.50"), currency="CHF", status=EventStatus.CLOSED)
    listing = an_event(origin=Origin.DICE, price=None, status=EventStatus.INACTIVE, capacity=None)
    await prepared(store, event)
    async with store.catalog() as uow:
        await uow.events.add(listing)
        await uow.commit()
    async with store.booking() as uow:
        mine = await uow.inventories.get_for_update(event.id)
        theirs = await uow.inventories.get_for_update(listing.id)
        with pytest.raises(NoSuchEvent):
            await uow.inventories.get_for_update(EventId(uuid4()))
    assert (mine.capacity, mine.held, mine.price, mine.currency) == (7, 0, Decimal("12.50"), "CHF")
    assert (mine.is_open, mine.is_ours, mine.is_hidden) == (False, True, False)
    assert (mine.start_time, mine.registration_deadline) == (event.start_time, event.registration_deadline)
    assert (theirs.is_ours, theirs.is_hidden, theirs.capacity, theirs.price) == (False, True, None, Decimal(0))


async def test_held_places_show_on_the_event_and_survive_an_edit(store: Store) -> None:
    event = an_event(capacity=7)
    await prepared(store, event)
    async with store.booking() as uow:
        await uow.inventories.save((await uow.inventories.get_for_update(event.id)).take(5))
        await uow.commit()
    async with store.catalog() as uow:
        await uow.events.save(replace(event, name="Renamed", booked_count=0))
        await uow.commit()
    async with store.catalog() as uow:
        shown = (await uow.events.view(event.id)).event
    assert (shown.name, shown.booked_count, shown.available) == ("Renamed", 5, 2)


async def test_a_booking_comes_back_as_it_was_stored(store: Store) -> None:
    event = an_event()
    user = await prepared(store, event)
    booking = a_booking(event.id, user.id, amount=Decimal("25.00"))
    await booked(store, booking)
    cancelled = replace(booking, status=BookingStatus.CANCELLED, updated_at=NOW + timedelta(hours=1))
    async with store.booking() as uow:
        assert await uow.bookings.get(booking.id) == booking
        await uow.bookings.save(cancelled)
        await uow.commit()
    async with store.booking() as uow:
        assert await uow.bookings.get(booking.id) == cancelled
        with pytest.raises(BookingNotFound):
            await uow.bookings.get(BookingId(uuid4()))


async def test_a_key_is_found_by_user_event_and_name(store: Store) -> None:
    event = an_event()
    user = await prepared(store, event)
    booking = a_booking(event.id, user.id)
    await booked(store, booking)
    use = KeyUse(user.id, event.id, "k-1", "fingerprint", booking.id)
    async with store.booking() as uow:
        await uow.keys.add(use)
        await uow.commit()
    async with store.booking() as uow:
        assert await uow.keys.find(user.id, event.id, "k-1") == use
        assert await uow.keys.find(user.id, event.id, "k-2") is None


async def test_my_bookings_are_listed_newest_first_in_pages(store: Store) -> None:
    event = an_event()
    user = await prepared(store, event)
    ids = [BookingId(UUID(int=number)) for number in range(1, 6)]
    await booked(store, *(a_booking(event.id, user.id, id=each) for each in ids))
    async with store.booking() as uow:
        first = await uow.bookings.search(BookingFilter(user.id), PageRequest(limit=2))
        second = await uow.bookings.search(BookingFilter(user.id), PageRequest(limit=2, cursor=first.next_cursor))
        third = await uow.bookings.search(BookingFilter(user.id), PageRequest(limit=2, cursor=second.next_cursor))
        by_offset = await uow.bookings.search(BookingFilter(user.id), PageRequest(limit=2, offset=2))
        with pytest.raises(BadCursor):
            await uow.bookings.search(BookingFilter(user.id), PageRequest(cursor="nonsense"))
    shown = [booking.id for page in (first, second, third) for booking in page.items]
    assert shown == ids[::-1]
    assert [booking.id for booking in by_offset.items] == [ids[2], ids[1]]
    assert (first.total, first.total_capped, third.next_cursor) == (5, False, None)


async def test_my_bookings_can_be_narrowed(store: Store) -> None:
    past = an_event(start_time=NOW - timedelta(days=3))
    coming = an_event()
    user = await prepared(store, past)
    async with store.catalog() as uow:
        await uow.events.add(coming)
        await uow.commit()
    gone = a_booking(past.id, user.id)
    given_back = a_booking(coming.id, user.id, status=BookingStatus.CANCELLED)
    ahead = a_booking(coming.id, user.id)
    await booked(store, gone, given_back, ahead)

    async def found(**narrowed: object) -> set[BookingId]:
        async with store.booking() as uow:
            page = await uow.bookings.search(BookingFilter(user.id, **narrowed), PageRequest())  # type: ignore[arg-type]
        return {booking.id for booking in page.items}

    assert await found(status=BookingStatus.CANCELLED) == {given_back.id}
    assert await found(event_id=past.id) == {gone.id}
    assert await found(upcoming_at=NOW) == {given_back.id, ahead.id}
    async with store.booking() as booking:
        nobody = await booking.bookings.search(BookingFilter(a_user().id), PageRequest())
    assert nobody.items == []
