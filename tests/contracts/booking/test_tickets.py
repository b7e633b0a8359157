"""Tickets bought, shown, and checked in, on every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

from adapters.payments.simulated import DECLINE
from core.booking.errors import AlreadyCheckedIn, AlreadyPurchased, PaymentDeclined, SoldOut, TicketNotFound, WrongEvent
from core.booking.model import BookingStatus, Holder
from core.booking.ports import TicketView
from core.shared.audit import AuditFilter
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import NOW
from tests.support.refusals import refused

CONFIRMED = BookingStatus.CONFIRMED
PRICE = Decimal("12.50")


async def test_a_ticket_is_purchased_once_and_paid_at_once(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=PRICE)
    ada, bob = await office.people(2)
    await refused(office.purchase(event_id, by=ada, token=DECLINE), PaymentDeclined)
    bought = await office.purchase(event_id, by=ada)
    assert (bought.booking.status, len(bought.tickets)) == (CONFIRMED, 1)
    await refused(office.purchase(event_id, by=ada), AlreadyPurchased)
    await refused(office.purchase(event_id, by=bob), SoldOut)
    assert await office.charged_total() == PRICE
    await office.cancel(bought.booking.id, by=ada)
    assert (await office.purchase(event_id, by=ada)).booking.status is CONFIRMED


async def test_tickets_are_shown_with_their_seats_newest_first(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    [ada] = await office.people(1)
    view = await office.book_seats(event_id, ada, "B-1", "A-1")
    page = await office.my_tickets(PageRequest(), by=ada)
    assert [ticket.ticket.id for ticket in page.items] == [ticket.id for ticket in view.tickets[::-1]]
    assert [ticket.seat for ticket in page.items] == ["A-1", "B-1"]
    shown = await office.read_ticket(view.tickets[0].id, by=ada)
    assert (shown.seat, shown.owner_id, shown.event.id) == ("B-1", ada.user_id, event_id)
    first = await office.my_tickets(PageRequest(limit=1), by=ada)
    rest = await office.my_tickets(PageRequest(limit=1, cursor=first.next_cursor), by=ada)
    assert [*first.items, *rest.items] == page.items


async def test_a_ticket_is_used_once_at_its_own_event(office: BoxOffice) -> None:
    event_id, other = await office.open(), await office.open()
    [ada] = await office.people(1)
    [first, second] = (await office.book(event_id, ada, 2)).tickets
    used = await office.check_in(event_id, by=ADMIN, code=f"{first.code.upper()}\r\n")
    assert (used.ticket.status, used.ticket.checked_in_at) == ("used", NOW)
    office.store.clock.move(timedelta(minutes=1))
    again = await refused(office.check_in(event_id, by=ADMIN, code=first.code), AlreadyCheckedIn)
    assert again.facts["checked_in_at"] == NOW
    await refused(office.check_in(other, by=ADMIN, code=second.code), WrongEvent)
    await refused(office.check_in(event_id, by=ADMIN, code="nonsense"), TicketNotFound)


async def test_a_check_in_is_undone_once_and_both_are_in_the_audit_log(office: BoxOffice) -> None:
    event_id = await office.open()
    [ticket] = (await office.register(event_id, full_name="Ada", email="ada@example.com")).tickets
    await office.check_in(event_id, by=ADMIN, code=ticket.code)
    for _ in range(2):
        undone = await office.undo_check_in(event_id, by=ADMIN, code=ticket.code)
        assert (undone.ticket, undone.holder) == (ticket, Holder("Ada", "ada@example.com"))
    async with office.store.accounts() as uow:
        entries = (await uow.audit.search(AuditFilter(target=ticket.id), PageRequest())).items
    assert sorted(each.action for each in entries) == ["ticket.check-in-undone", "ticket.checked-in"]
    assert (await office.check_in(event_id, by=ADMIN, code=ticket.code)).ticket.status == "used"


async def test_a_ticket_scanned_many_times_at_once_is_used_once(office: BoxOffice) -> None:
    event_id = await office.open()
    [ada] = await office.people(1)
    [ticket] = (await office.book(event_id, ada)).tickets
    scans = (office.check_in(event_id, by=ADMIN, code=ticket.code) for _ in range(20))
    outcomes = await asyncio.gather(*scans, return_exceptions=True)
    assert sum(isinstance(outcome, AlreadyCheckedIn) for outcome in outcomes) == 19
    assert [outcome.ticket.status for outcome in outcomes if isinstance(outcome, TicketView)] == ["used"]
