"""Bookings, tickets, and what makes a request valid (B2, B3, B10, B12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.booking.errors import AlreadyCheckedIn, BookingNotFound, IdempotencyKeyMissing, NoSuchEvent, TicketVoid
from core.booking.model import (
    BookingStatus,
    Ticket,
    TicketFactory,
    Visitor,
    check_quantity,
    fingerprint_of,
    new_visitor,
    parse_key,
    parse_party,
)
from core.booking.ports import BookingView
from core.shared.access import Principal, Role
from core.shared.errors import Forbidden, InvalidFields
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


@pytest.mark.parametrize("quantity", [-1, 0, 11])
def test_a_party_is_one_to_ten(quantity: int) -> None:
    with pytest.raises(InvalidFields):
        check_quantity(quantity)


@pytest.mark.parametrize(
    ("header", "key"),
    [("abc", "abc"), ('"abc"', "abc"), (" abc ", "abc"), ("x" * 255, "x" * 255), ('"', '"'), ('a"b', 'a"b')],
)
def test_a_key_may_be_quoted_or_bare(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_key_is_required(header: str | None) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        parse_key(header)


@pytest.mark.parametrize("header", ["x" * 256, "a b", "ä", "a\x00b", '""'])
def test_a_key_is_visible_ascii(header: str) -> None:
    with pytest.raises(InvalidFields):
        parse_key(header)


def test_a_fingerprint_depends_on_content_and_not_on_order() -> None:
    assert fingerprint_of({"a": 1, "b": [2]}) == fingerprint_of({"b": [2], "a": 1})
    assert fingerprint_of({"quantity": 1}) != fingerprint_of({"quantity": 2})


def wrong(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    errors = refused.value.facts["errors"]
    assert isinstance(errors, dict)
    return list(errors)


@pytest.mark.parametrize(
    ("quantity", "seats", "field"),
    [
        (None, None, "quantity"),
        (1, ("A-1",), "quantity"),
        (0, None, "quantity"),
        (11, None, "quantity"),
        (None, (), "seat_ids"),
        (None, tuple(f"A-{column}" for column in range(11)), "seat_ids"),
        (None, ("A-1", "a-1"), "seat_ids"),
    ],
)
def test_a_party_sends_a_quantity_or_seats(quantity: int | None, seats: tuple[str, ...] | None, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        parse_party(quantity, seats)
    assert wrong(refused) == [field]


def test_seats_are_named_in_any_case_and_ids_in_any_form() -> None:
    seat = UUID("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")
    assert parse_party(10, None) == (10, ())
    assert parse_party(None, ("b-2", f"{{{seat}}}".upper())) == (2, ("B-2", str(seat)))
    with pytest.raises(InvalidFields):
        parse_party(None, (str(seat), seat.hex))


@pytest.mark.parametrize(
    "typed",
    ["A-2", " A-2 ", "A2", "a 2", "a-02", "A\u20112", "A\u20132", "A\u2014 2", "A\u22122", "\uff21\uff0d\uff12", "A.2"],
)
def test_a_seat_label_is_understood_as_people_type_it(typed: str) -> None:
    assert parse_party(None, (typed,)) == (1, ("A-2",))
    with pytest.raises(InvalidFields):
        parse_party(None, (typed, "A-2"))


@pytest.mark.parametrize("typed", ["", "A", "2", "2-A", "A-2-3", "row A", "A-" + "1" * 30])
def test_what_is_no_label_is_left_as_it_is(typed: str) -> None:
    assert parse_party(None, (typed,)) == (1, (typed.upper(),))


def test_a_visitors_name_and_email_are_normalised() -> None:
    assert new_visitor(" Ada Lovelace ", " Ada.L@Example.COM ") == Visitor("Ada Lovelace", "ada.l@example.com")


@pytest.mark.parametrize("email", ["", "ada", "ada@example", "a b@example.com", "a@@example.com", "a" * 255 + "@x.org"])
def test_a_visitor_needs_a_valid_email(email: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        new_visitor("Ada", email)
    assert wrong(refused) == ["email"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_visitor_needs_a_name(name: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        new_visitor(name, "ada@")
    assert wrong(refused) == ["full_name", "email"]


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
