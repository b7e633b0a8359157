"""Bookings and tickets (B10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.booking.errors import AlreadyCheckedIn, BookingNotFound, NoSuchEvent, TicketVoid
from core.booking.model import BookingStatus, Ticket, TicketFactory
from core.booking.ports import BookingView
from core.shared.access import Principal, Role
from core.shared.errors import Forbidden
from core.shared.ids import BookingId, EventId, TicketId, UserId
from tests.support.builders import NOW, a_booking, a_person, an_inventory

SECOND = timedelta(seconds=1)


def test_a_booking_is_of_its_owner_and_accessible_to_those_who_manage_its_event() -> None:
    owner, event = a_person(), an_inventory().event
    view = BookingView(a_booking(event.id, owner.user_id), event, owner_id=owner.user_id)
    organizer = Principal(event.organizer_id or UserId(UUID(int=0)), Role.ORGANIZER)
    for person in (owner, a_person(Role.ADMIN)):
        view.must_be_of(person)
        view.must_be_accessible_to(person)
    view.must_be_accessible_to(organizer)
    for stranger in (a_person(), a_person(Role.ORGANIZER)):
        with pytest.raises(BookingNotFound):
            view.must_be_accessible_to(stranger)
    with pytest.raises(BookingNotFound):
        view.must_be_of(organizer)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({"expires_at": NOW}, True),
        ({"expires_at": NOW - SECOND}, True),
        ({"expires_at": NOW + SECOND}, False),
        ({"expires_at": NOW, "paying": True}, False),
        ({"expires_at": NOW, "status": BookingStatus.CONFIRMED}, False),
        ({}, False),
    ],
)
def test_a_hold_expires_at_its_exact_time_unless_it_is_being_paid(state: dict[str, object], due: bool) -> None:
    values: dict[str, object] = {"status": BookingStatus.PENDING} | state
    assert a_booking(EventId(uuid4()), a_person().user_id, **values).is_expired(NOW) is due


def a_ticket(is_void: bool = False) -> Ticket:
    return Ticket(TicketId(uuid4()), BookingId(uuid4()), EventId(uuid4()), "code", is_void=is_void)


def test_a_ticket_is_used_once() -> None:
    ticket = a_ticket()
    used = ticket.check_in(NOW)
    assert (ticket.status, used.status, used.checked_in_at) == ("valid", "used", NOW)
    with pytest.raises(AlreadyCheckedIn) as refused:
        used.check_in(NOW + SECOND)
    assert refused.value.facts == {"checked_in_at": NOW}


def test_a_void_ticket_is_never_used() -> None:
    assert a_ticket(is_void=True).status == "void"
    with pytest.raises(TicketVoid):
        a_ticket(is_void=True).check_in(NOW)
    with pytest.raises(TicketVoid):
        a_ticket(is_void=True).undo_check_in()


def test_a_check_in_that_is_undone_leaves_the_ticket_as_it_was() -> None:
    ticket = a_ticket()
    assert ticket.check_in(NOW).undo_check_in() == ticket.undo_check_in() == ticket


def test_codes_are_long_random_and_unique() -> None:
    factory = TicketFactory(TimeOrderedIds(), SystemSecrets())
    codes = {factory.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {22}
    assert all(code.isascii() and code.replace("-", "").replace("_", "").isalnum() for code in codes)


def test_an_event_is_managed_by_its_organizer_and_admins_and_hidden_from_others() -> None:
    for is_hidden, refusal in ((False, Forbidden), (True, NoSuchEvent)):
        event = an_inventory(is_hidden=is_hidden).event
        event.must_be_managed_by(a_person(Role.ADMIN))
        organizer = Principal(event.organizer_id or UserId(UUID(int=0)), Role.ORGANIZER)
        event.must_be_managed_by(organizer)
        for stranger in (a_person(), a_person(Role.ORGANIZER), replace(organizer, role=Role.USER)):
            with pytest.raises(refusal):
                event.must_be_managed_by(stranger)
