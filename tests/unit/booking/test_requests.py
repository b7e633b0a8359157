"""What makes a request for places valid (B2, B3, B12)."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.booking.errors import IdempotencyKeyMissing
from core.booking.model import Visitor
from core.booking.requests import check_quantity, fingerprint_of, new_visitor, parse_key, parse_party
from core.shared.errors import InvalidFields


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
