"""Events as those who run them see them, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.checking_in import FindTicket, ReadTicketAtDoor
from core.booking.errors import NoSuchEvent, TicketNotFound, WrongEvent
from core.booking.managed_events import CancellationEffect, PlaceCounts
from core.booking.managing import (
    ExportEventBookings,
    ListManagedEvents,
    ListWaitingParties,
    PreviewCancellation,
    ReadDoor,
    ReadManagedEvent,
)
from core.booking.ports import BookingFilter
from core.catalog.model import EventStatus
from core.shared.access import Principal, Role
from core.shared.errors import Forbidden
from core.shared.ids import EventId
from core.shared.paging import BadCursor, PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, NOW, a_person, a_user

ALL = PageRequest(limit=100)


@pytest.fixture
async def olga(office: BoxOffice) -> Principal:
    """An organizer."""
    user = a_user("olga@example.com", name="Olga", role=Role.ORGANIZER)
    async with office.store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user.principal


async def names(
    office: BoxOffice, by: Principal, page: PageRequest = ALL, *, past: bool = False, text: str | None = None
) -> list[str]:
    listing = ListManagedEvents(office.store.managed_events, office.store.clock)
    return [each.inventory.event.name for each in (await listing(page, by=by, past=past, text=text)).items]


async def counts(office: BoxOffice, event_id: EventId) -> PlaceCounts:
    read = ReadManagedEvent(office.store.managed_events, office.store.clock)
    return (await read(event_id, by=ADMIN)).counts


async def test_organizers_list_their_own_events_in_order_whatever_their_status(
    office: BoxOffice, olga: Principal
) -> None:
    for name, days, status in (
        ("Later", 5, EventStatus.OPEN),
        ("Hidden", 3, EventStatus.INACTIVE),
        ("Soon", 1, EventStatus.CANCELLED),
        ("Yesterday", -1, EventStatus.OPEN),
        ("Last week", -7, EventStatus.CLOSED),
    ):
        start = NOW + timedelta(days=days)
        await office.open(name=name, start_time=start, status=status, organizer_id=olga.user_id)
    await office.open(name="Somebody else's")
    assert await names(office, olga) == ["Soon", "Hidden", "Later"]
    assert await names(office, olga, past=True) == ["Yesterday", "Last week"]
    assert await names(office, olga, text=" LATÉ ") == ["Later"]
    async with office.store.catalog() as uow:
        await uow.events.mark_ended(NOW - timedelta(days=3), 10)
        await uow.commit()
    assert await names(office, olga, past=True) == ["Yesterday", "Last week"]
    assert await names(office, ADMIN) == []
    with pytest.raises(Forbidden):
        await names(office, a_person())


@pytest.mark.parametrize("past", [False, True])
async def test_pages_of_managed_events_follow_each_other(office: BoxOffice, olga: Principal, past: bool) -> None:
    for day in range(1, 6):
        start = NOW + timedelta(days=-day if past else day)
        await office.open(name=str(day), start_time=start, organizer_id=olga.user_id)
    async with office.store.catalog() as uow:
        await uow.events.mark_ended(NOW - timedelta(days=2), 10)
        await uow.commit()
    listing = ListManagedEvents(office.store.managed_events, office.store.clock)
    seen: list[str] = []
    cursor = None
    while len(seen) < 5:
        page = await listing(PageRequest(limit=2, cursor=cursor), by=olga, past=past)
        assert page.total == 5
        seen += [each.inventory.event.name for each in page.items]
        cursor = page.next_cursor
    assert seen == ["1", "2", "3", "4", "5"]
    assert cursor is None
    assert await names(office, olga, PageRequest(limit=2, offset=3), past=past) == ["4", "5"]
    with pytest.raises(BadCursor):
        await names(office, olga, PageRequest(cursor="nonsense"), past=past)


async def test_counts_tell_sold_held_waiting_and_used_places_apart(office: BoxOffice) -> None:
    event_id = await office.open(capacity=6, price=Decimal(10), currency="EUR")
    ada, bob, eve = await office.people(3)
    paid = await office.book(event_id, ada, 3, payment_token="tok_approve")
    await office.book(event_id, bob, 2)
    await office.book(event_id, eve, 5)
    assert await counts(office, event_id) == PlaceCounts(sold=3, held=2, waiting=1, checked_in=0)
    await office.check_in(event_id, by=ADMIN, code=paid.tickets[0].code)
    assert await counts(office, event_id) == PlaceCounts(sold=3, held=2, waiting=1, checked_in=1)
    office.store.clock.move(HOLD)
    event = await ReadManagedEvent(office.store.managed_events, office.store.clock)(event_id, by=ADMIN)
    assert event.counts == PlaceCounts(sold=3, held=0, waiting=1, checked_in=1)
    assert (event.free, event.inventory.held) == (3, 3)


async def test_only_those_who_manage_an_event_read_its_counts_and_lists(office: BoxOffice, olga: Principal) -> None:
    event_id = await office.open(organizer_id=olga.user_id)
    stranger = a_person(Role.ORGANIZER)
    for read in (
        ReadManagedEvent(office.store.managed_events, office.store.clock),
        ReadDoor(office.store.managed_events, office.store.clock),
        PreviewCancellation(office.store.managed_events, office.store.clock),
    ):
        await read(event_id, by=olga)
        with pytest.raises(Forbidden):
            await read(event_id, by=stranger)
        with pytest.raises(NoSuchEvent):
            await read(EventId(stranger.user_id), by=ADMIN)
    with pytest.raises(Forbidden):
        await ListWaitingParties(office.store.managed_events)(event_id, ALL, by=stranger)
    export = ExportEventBookings(office.store.booking, office.store.clock)
    with pytest.raises(Forbidden):
        await export(event_id, BookingFilter(), by=stranger)


async def test_the_waitlist_is_listed_in_its_order_with_positions_and_names(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    people = await office.people(4)
    for person in people:
        await office.book(event_id, person)
    listing = ListWaitingParties(office.store.managed_events)
    first = await listing(event_id, PageRequest(limit=2), by=ADMIN)
    rest = await listing(event_id, PageRequest(limit=2, cursor=first.next_cursor), by=ADMIN)
    parties = [*first.items, *rest.items]
    assert [party.booking.user_id for party in parties] == [person.user_id for person in people[1:]]
    assert [party.position for party in parties] == [1, 2, 3]
    assert all(party.holder is not None for party in parties)
    assert (first.total, rest.next_cursor) == (3, None)


async def test_the_door_shows_how_many_have_come_and_who_came_last(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    [ada] = await office.people(1)
    codes = [ticket.code for _ in range(2) for ticket in (await office.book(event_id, ada, 6)).tickets]
    for code in codes[:11]:
        office.store.clock.move(timedelta(seconds=1))
        await office.check_in(event_id, by=ADMIN, code=code)
    door = await ReadDoor(office.store.managed_events, office.store.clock)(event_id, by=ADMIN)
    assert (door.event.counts.checked_in, door.event.counts.sold) == (11, 12)
    assert [view.ticket.code for view in door.last] == codes[10:0:-1]
    assert all(view.holder is not None for view in door.last)


async def test_an_export_has_every_matching_booking_once(office: BoxOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.booking.managing.BOOKINGS_AT_ONCE", 2)
    event_id = await office.open(capacity=20)
    await office.open()
    booked = [(await office.book(event_id, person)).booking.id for person in await office.people(5)]
    export = ExportEventBookings(office.store.booking, office.store.clock)
    parts = [part async for part in await export(event_id, BookingFilter(), by=ADMIN)]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [view.booking.id for part in parts for view in part] == booked[::-1]
    assert all(view.holder is not None for part in parts for view in part)


async def test_cancelling_shows_beforehand_what_it_ends_and_refunds(office: BoxOffice) -> None:
    event_id = await office.open(capacity=4, price=Decimal("12.50"), currency="EUR")
    effect = PreviewCancellation(office.store.managed_events, office.store.clock)
    assert await effect(event_id, by=ADMIN) == CancellationEffect(0, 0, 0, ())
    ada, bob, eve, joe = await office.people(4)
    await office.book(event_id, ada, 2, payment_token="tok_approve")
    await office.book(event_id, bob)
    given_up = await office.book(event_id, joe)
    await office.cancel(given_up.booking.id, by=joe)
    await office.book(event_id, eve, 3)
    assert await effect(event_id, by=ADMIN) == CancellationEffect(2, 3, 1, (("EUR", Decimal("25.00")),))
    office.store.clock.move(HOLD)
    assert replace(await effect(event_id, by=ADMIN), refunds=()) == CancellationEffect(1, 2, 1, ())


async def test_a_ticket_is_found_at_the_door_of_its_own_event_only(office: BoxOffice) -> None:
    event_id, other_id = await office.open(), await office.open()
    [ada] = await office.people(1)
    [ticket] = (await office.book(event_id, ada)).tickets
    find, read = FindTicket(office.store.booking), ReadTicketAtDoor(office.store.booking)
    for view in (
        await find(event_id, by=ADMIN, code=ticket.code.upper()),
        await read(event_id, ticket.id, by=ADMIN),
    ):
        assert (view.ticket.id, view.ticket.status) == (ticket.id, "valid")
        assert view.holder is not None
    with pytest.raises(WrongEvent):
        await find(other_id, by=ADMIN, code=ticket.code)
    with pytest.raises(TicketNotFound):
        await read(other_id, ticket.id, by=ADMIN)
    with pytest.raises(Forbidden):
        await read(event_id, ticket.id, by=ada)
