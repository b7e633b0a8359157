"""A hidden event that people have booked: they still see it and their tickets, in every store (B14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.catalog.errors import EventNotFound
from core.catalog.finding import ReadEvent
from core.catalog.model import EventStatus
from core.shared.access import Principal
from core.shared.ids import EventId
from tests.support.box_office import BoxOffice
from tests.support.builders import a_user


async def sees(office: BoxOffice, event_id: EventId, viewer: Principal | None) -> bool:
    try:
        store = office.store
        await ReadEvent(store.event_views, store.catalog, store.clock)(event_id, viewer=viewer)
    except EventNotFound:
        return False
    return True


async def test_those_who_booked_or_wait_still_see_a_hidden_event_and_their_tickets(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob, stranger = await office.people(3)
    booked = await office.book(event_id, ada)
    await office.book(event_id, bob)
    await office.book(await office.open(), stranger)
    await office.change(event_id, status=EventStatus.INACTIVE)
    assert [await sees(office, event_id, each) for each in (ada, bob, stranger, None)] == [True, True, False, False]
    assert (await office.read_ticket(booked.tickets[0].id, by=ada)).ticket.code == booked.tickets[0].code
    assert (await office.read(booked.booking.id, by=ada)).event.is_hidden


async def test_those_who_cancelled_no_longer_see_it(office: BoxOffice) -> None:
    event_id = await office.open()
    [ada] = await office.people(1)
    booking = (await office.book(event_id, ada)).booking
    await office.change(event_id, status=EventStatus.INACTIVE)
    await office.cancel(booking.id, by=ada)
    assert not await sees(office, event_id, ada)


@pytest.mark.parametrize("is_verified", [False, True])
async def test_a_visitor_sees_it_with_the_account_that_has_verified_the_address(
    office: BoxOffice, *, is_verified: bool
) -> None:
    event_id = await office.open()
    grace = replace(a_user("grace@example.com"), email_verified=is_verified)
    async with office.store.accounts() as uow:
        await uow.users.add(grace)
        await uow.commit()
    await office.register(event_id, full_name="Grace", email="grace@example.com")
    await office.change(event_id, status=EventStatus.INACTIVE)
    assert await sees(office, event_id, grace.principal) is is_verified
