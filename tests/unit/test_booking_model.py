"""The rule that gives places away (B1-B3, B9, B13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.booking.errors import (
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyMissing,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    SoldOut,
)
from core.booking.model import (
    BookingStatus,
    Confirmed,
    Inventory,
    Refused,
    Request,
    admit,
    cancel,
    check_quantity,
    fingerprint,
    read_key,
)
from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import BookingId, EventId, UserId
from tests.builders import NOW, TOMORROW, a_booking, a_person


def an_inventory(**values: object) -> Inventory:
    inventory = Inventory(
        event_id=EventId(uuid4()),
        capacity=5,
        held=0,
        is_hidden=False,
        is_open=True,
        is_ours=True,
        price=Decimal(0),
        currency="EUR",
        start_time=TOMORROW,
        registration_deadline=TOMORROW,
    )
    return replace(inventory, **values)  # type: ignore[arg-type]


def a_request(quantity: int = 1) -> Request:
    return Request(BookingId(uuid4()), UserId(uuid4()), quantity)


def test_a_party_gets_its_places() -> None:
    request = a_request(3)
    [decision], inventory = admit(an_inventory(held=1), [request], NOW)
    assert isinstance(decision, Confirmed)
    booking = decision.booking
    assert (booking.id, booking.user_id, booking.quantity) == (request.booking_id, request.user_id, 3)
    assert (booking.status, booking.amount, booking.created_at) == (BookingStatus.CONFIRMED, Decimal(0), NOW)
    assert inventory.held == 4


def test_a_party_gets_all_its_places_or_none() -> None:
    [decision], inventory = admit(an_inventory(held=3), [a_request(3)], NOW)
    assert isinstance(decision, Refused)
    assert isinstance(decision.refusal, SoldOut)
    assert decision.refusal.facts == {"available": 2}
    assert inventory.held == 3


def test_in_a_batch_who_came_first_is_served_first_and_a_refusal_stands_alone() -> None:
    requests = [a_request(3), a_request(3), a_request(2)]
    decisions, inventory = admit(an_inventory(), requests, NOW)
    assert [type(decision) for decision in decisions] == [Confirmed, Refused, Confirmed]
    assert inventory.held == 5


def test_an_event_without_capacity_is_never_sold_out() -> None:
    decisions, inventory = admit(an_inventory(capacity=None), [a_request(10)] * 50, NOW)
    assert all(isinstance(decision, Confirmed) for decision in decisions)
    assert inventory.held == 500


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ({"is_hidden": True}, NoSuchEvent),
        ({"is_ours": False}, NotBookable),
        ({"is_open": False}, EventNotOpen),
        ({"start_time": NOW, "registration_deadline": NOW}, EventStarted),
        ({"registration_deadline": NOW}, RegistrationClosed),
        ({"price": Decimal("0.01")}, NotBookable),
        ({"capacity": 2}, ExceedsCapacity),
        ({"held": 3}, SoldOut),
    ],
)
def test_each_reason_to_refuse_has_its_name(state: dict[str, object], refusal: type[Refusal]) -> None:
    before = an_inventory(**state)
    [decision], after = admit(before, [a_request(3)], NOW)
    assert isinstance(decision, Refused)
    assert type(decision.refusal) is refusal
    assert after == before


@given(
    capacity=st.integers(1, 30) | st.none(),
    parties=st.lists(st.integers(1, 10), max_size=20),
    cut=st.integers(0, 20),
)
def test_a_batch_decides_as_its_parts_would_one_after_another_and_never_oversells(
    capacity: int | None, parties: list[int], cut: int
) -> None:
    inventory = an_inventory(capacity=capacity)
    requests = [a_request(quantity) for quantity in parties]
    whole, after = admit(inventory, requests, NOW)
    first, between = admit(inventory, requests[:cut], NOW)
    second, at_last = admit(between, requests[cut:], NOW)

    def outcome(decisions: list[object]) -> list[object]:
        return [type(d.refusal) if isinstance(d, Refused) else d for d in decisions]

    assert outcome([*whole]) == outcome([*first, *second])
    assert after == at_last
    taken = sum(decision.booking.quantity for decision in whole if isinstance(decision, Confirmed))
    assert taken == after.held
    assert capacity is None or taken <= capacity


def test_cancelling_frees_the_places_once() -> None:
    inventory = an_inventory(held=5)
    owner = a_person()
    booking = a_booking(inventory.event_id, owner.user_id, quantity=2)
    cancelled, freed = cancel(booking, inventory, owner, TOMORROW - timedelta(seconds=1))
    assert cancelled.status is BookingStatus.CANCELLED
    assert freed.held == 3
    assert cancel(cancelled, freed, owner, TOMORROW - timedelta(seconds=1)) == (cancelled, freed)


def test_after_the_start_only_an_admin_cancels() -> None:
    inventory = an_inventory(held=2)
    booking = a_booking(inventory.event_id, a_person().user_id, quantity=2)
    with pytest.raises(EventStarted):
        cancel(booking, inventory, Principal(booking.user_id, Role.USER), TOMORROW)
    cancelled, freed = cancel(booking, inventory, a_person(Role.ADMIN), TOMORROW)
    assert (cancelled.status, freed.held) == (BookingStatus.CANCELLED, 0)


def test_cancelling_again_after_the_start_is_harmless_too() -> None:
    inventory = an_inventory()
    booking = a_booking(inventory.event_id, a_person().user_id, status=BookingStatus.CANCELLED)
    assert cancel(booking, inventory, a_person(), TOMORROW) == (booking, inventory)


def test_a_booking_is_there_for_its_owner_and_admins_alone() -> None:
    owner = a_person()
    booking = a_booking(EventId(uuid4()), owner.user_id)
    booking.must_be_of(owner)
    booking.must_be_of(a_person(Role.ADMIN))
    for stranger in (a_person(), a_person(Role.ORGANIZER)):
        with pytest.raises(BookingNotFound):
            booking.must_be_of(stranger)


@pytest.mark.parametrize("quantity", [-1, 0, 11])
def test_a_party_is_one_to_ten(quantity: int) -> None:
    with pytest.raises(InvalidFields):
        check_quantity(quantity)


@pytest.mark.parametrize(
    ("header", "key"),
    [("abc", "abc"), ('"abc"', "abc"), (" abc ", "abc"), ("x" * 255, "x" * 255), ('"', '"'), ('a"b', 'a"b')],
)
def test_a_key_is_read_quoted_or_bare(header: str, key: str) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_key_is_needed(header: str | None) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        read_key(header)


@pytest.mark.parametrize("header", ["x" * 256, "a b", "ä", "a\x00b", '""'])
def test_a_key_is_visible_ascii(header: str) -> None:
    with pytest.raises(InvalidFields):
        read_key(header)


def test_a_fingerprint_goes_by_content_and_not_by_order() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"quantity": 1}) != fingerprint({"quantity": 2})
