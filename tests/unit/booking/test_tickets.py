"""Tickets and check-in, on the memory store (B10)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.payments.simulated import APPROVE
from core.booking.errors import AlreadyCheckedIn, EventCancelled, NoSuchEvent, TicketNotFound, TicketVoid, WrongEvent
from core.catalog.model import EventStatus
from core.shared.access import Role
from core.shared.errors import Forbidden
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import NOW, a_person, an_event


async def test_only_the_owner_and_admins_read_a_ticket(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    [ticket] = (await office.book(event_id, ada)).tickets
    view = await office.read_ticket(ticket.id, by=ada)
    assert (view.ticket, view.event.id, view.owner_id, view.seat) == (ticket, event_id, ada.user_id, None)
    assert await office.read_ticket(ticket.id, by=ADMIN) == view
    with pytest.raises(TicketNotFound):
        await office.read_ticket(ticket.id, by=a_person(Role.ORGANIZER))


async def test_only_admins_read_a_visitors_ticket(office: BoxOffice) -> None:
    [ticket] = (await office.register(await office.open(), full_name="Ada", email="ada@example.com")).tickets
    with pytest.raises(TicketNotFound):
        await office.read_ticket(ticket.id, by=a_person())
    assert (await office.read_ticket(ticket.id, by=ADMIN)).owner_id is None


async def test_users_list_their_own_tickets_newest_first(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    first, second = (await office.book(event_id, ada, 2)).tickets
    [third] = (await office.book(event_id, ada)).tickets
    await office.book(event_id, a_person(), 2)
    assert {first.id, second.id, third.id} == {
        view.ticket.id for view in (await office.my_tickets(PageRequest(), by=ada)).items
    }
    page = await office.my_tickets(PageRequest(limit=1), by=ada)
    assert ([view.ticket.id for view in page.items], page.total) == ([third.id], 3)
    rest = await office.my_tickets(PageRequest(limit=5, cursor=page.next_cursor), by=ada)
    assert [view.ticket.id for view in rest.items] == [second.id, first.id]


async def test_each_ticket_has_a_seat_of_its_booking_and_an_unguessable_code(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    view = await office.book_seats(event_id, ada, "B-3", "A-1")
    tickets = [await office.read_ticket(ticket.id, by=ada) for ticket in view.tickets]
    assert [ticket.seat for ticket in tickets] == ["B-3", "A-1"]
    codes = {ticket.ticket.code for ticket in tickets}
    assert len(codes) == 2
    assert {len(code) for code in codes} == {22}


async def test_tickets_are_issued_when_the_booking_is_paid(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=Decimal(5)), a_person()
    held = await office.book(event_id, ada)
    assert held.tickets == ()
    assert len((await office.pay(held.booking.id, by=ada, token=APPROVE)).tickets) == 1


# At the door


async def test_a_ticket_is_used_once_and_the_second_scan_says_when(office: BoxOffice) -> None:
    owner, ada = a_person(Role.ORGANIZER), a_person()
    event_id = await office.open(organizer_id=owner.user_id)
    used, other = (await office.book(event_id, ada, 2)).tickets
    view = await office.check_in(event_id, by=owner, code=f" {used.code}\n")
    assert (view.ticket.status, view.ticket.checked_in_at) == ("used", NOW)
    office.store.clock.move(timedelta(minutes=5))
    with pytest.raises(AlreadyCheckedIn) as refused:
        await office.check_in(event_id, by=ADMIN, code=used.code)
    assert refused.value.facts == {"checked_in_at": NOW}
    assert (await office.read_ticket(used.id, by=ada)).ticket.checked_in_at == NOW
    assert (await office.read_ticket(other.id, by=ada)).ticket.status == "valid"


async def test_a_ticket_of_a_cancelled_booking_admits_nobody(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    view = await office.book(event_id, ada)
    await office.cancel(view.booking.id, by=ada)
    for use in (office.check_in, office.undo_check_in):
        with pytest.raises(TicketVoid):
            await use(event_id, by=ADMIN, code=view.tickets[0].code)


async def test_a_ticket_of_a_cancelled_event_says_so(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    view = await office.book(event_id, ada)
    await office.cancel_event(event_id, by=ADMIN)
    with pytest.raises(EventCancelled):
        await office.check_in(event_id, by=ADMIN, code=view.tickets[0].code)


async def test_a_ticket_is_valid_for_its_own_event_only(office: BoxOffice) -> None:
    here, there = await office.open(), await office.open()
    [ticket] = (await office.book(here, a_person())).tickets
    for use in (office.check_in, office.undo_check_in):
        with pytest.raises(WrongEvent):
            await use(there, by=ADMIN, code=ticket.code)
        for code in ("no such code", ""):
            with pytest.raises(TicketNotFound):
                await use(here, by=ADMIN, code=code)
    assert (await office.read_ticket(ticket.id, by=ADMIN)).ticket.status == "valid"


async def test_only_the_organizer_and_admins_check_in_tickets(office: BoxOffice) -> None:
    owner, ada = a_person(Role.ORGANIZER), a_person()
    event_id = await office.open(organizer_id=owner.user_id)
    [ticket] = (await office.book(event_id, ada)).tickets
    for stranger in (ada, a_person(Role.ORGANIZER)):
        with pytest.raises(Forbidden):
            await office.check_in(event_id, by=stranger, code=ticket.code)
    await office.change(event_id, status=EventStatus.INACTIVE)
    for event, person in ((event_id, a_person()), (an_event().id, ADMIN)):
        with pytest.raises(NoSuchEvent):
            await office.check_in(event, by=person, code=ticket.code)
    assert (await office.check_in(event_id, by=owner, code=ticket.code)).ticket.status == "used"
