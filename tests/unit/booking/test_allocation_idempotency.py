"""What is had only once: a booking under a key, a purchased ticket, a registration (B3, B11, B12)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.booking.errors import AlreadyPurchased, AlreadyRegistered, IdempotencyKeyReused, PaymentNeeded, SoldOut
from core.booking.inventory import Decision, Replay
from core.booking.model import Booking, BookingStatus
from core.shared.ids import BookingId, UserId
from tests.support.allocation_driver import ADMIN, AllocationDriver, statuses
from tests.support.builders import HOLD, a_person, a_purchase, a_registration, a_request

# Keys


def keyed(user_id: UserId, key: str = "one", quantity: int = 1, **values: Any) -> Any:
    return a_request(quantity, user_id=user_id, key=key, fingerprint=f"{quantity} places", **values)


def replayed(decisions: list[Decision]) -> list[tuple[BookingId, bool]]:
    """The booking that each is a replay of, and whether it had to wait."""
    uses = [decision.use for decision in decisions if isinstance(decision, Replay)]
    assert len(uses) == len(decisions)
    return [(use.booking_id, use.was_waitlisted) for use in uses]


def test_the_same_request_under_the_same_key_is_the_same_booking_in_one_batch_and_later() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    first, again, other = hall.ask(keyed(ada), keyed(ada), keyed(ada, key="two"))
    assert isinstance(first, Booking)
    assert isinstance(other, Booking)
    assert replayed([again]) == [(first.id, False)]
    assert replayed(hall.ask(keyed(ada), keyed(ada, key="two"))) == [(first.id, False), (other.id, False)]
    assert (len(hall.bookings), hall.inventory.held) == (2, 2)


def test_another_request_under_the_same_key_is_refused_in_one_batch_and_later() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    assert statuses(hall, hall.ask(keyed(ada), keyed(ada, quantity=2))) == ["confirmed", "IdempotencyKeyReused"]
    [later] = hall.ask(keyed(ada, quantity=2))
    assert isinstance(later, IdempotencyKeyReused)
    assert hall.inventory.held == 1


def test_a_key_is_its_owners_alone() -> None:
    hall = AllocationDriver()
    assert statuses(hall, hall.ask(*(keyed(a_person().user_id) for _ in range(3)))) == ["confirmed"] * 3


def test_a_refusal_is_not_remembered_in_one_batch_or_later() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    holder = hall.booked(a_request(5))
    asked = [keyed(ada, may_wait=False), keyed(ada)]
    assert statuses(hall, hall.ask(*asked)) == ["SoldOut", "waitlisted"]
    bob = a_person().user_id
    hall.cancel(hall.line()[0])
    [refused] = hall.ask(keyed(bob, may_wait=False))
    assert isinstance(refused, SoldOut)
    hall.cancel(holder)
    assert statuses(hall, hall.ask(keyed(bob, quantity=2))) == ["confirmed"]


def test_a_replay_is_told_whatever_has_happened_since() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    booking = hall.booked(keyed(ada))
    hall.cancel(booking)
    hall.become(event=replace(hall.inventory.event, is_hidden=True), is_open=False)
    assert replayed(hall.ask(keyed(ada))) == [(booking.id, False)]


def test_a_replay_knows_that_the_party_had_to_wait_then_though_it_has_places_now() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    holder, waiting = hall.booked(a_request(5)), hall.booked(keyed(ada))
    hall.cancel(holder)
    assert hall.of(waiting).status is BookingStatus.CONFIRMED
    assert replayed(hall.ask(keyed(ada))) == [(waiting.id, True)]


# Once for each


def test_a_ticket_is_purchased_once_in_one_batch_and_later() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    first, second = hall.ask(a_purchase(ada), a_purchase(ada))
    assert isinstance(second, AlreadyPurchased)
    [later] = hall.ask(a_purchase(ada))
    assert isinstance(later, AlreadyPurchased)
    hall.cancel(hall.of(first))
    assert statuses(hall, hall.ask(a_purchase(ada))) == ["confirmed"]


def test_who_has_a_booking_has_a_ticket_and_still_may_book_more() -> None:
    hall, ada = AllocationDriver(), a_person().user_id
    asked = [a_request(user_id=ada), a_purchase(ada), a_request(user_id=ada)]
    assert statuses(hall, hall.ask(*asked)) == ["confirmed", "AlreadyPurchased", "confirmed"]


def test_a_purchase_of_a_sold_out_event_is_refused() -> None:
    hall = AllocationDriver()
    hall.ask(a_request(5))
    assert statuses(hall, hall.ask(a_purchase(a_person().user_id))) == ["SoldOut"]


def test_a_visitor_registers_once_in_one_batch_and_later() -> None:
    hall = AllocationDriver()
    asked = [a_registration(), a_registration(), a_registration("bob@example.com")]
    first, second, other = hall.ask(*asked)
    assert statuses(hall, [first, other]) == ["confirmed"] * 2
    assert isinstance(second, AlreadyRegistered)
    assert statuses(hall, hall.ask(a_registration())) == ["AlreadyRegistered"]
    hall.cancel(hall.of(first), by=ADMIN)
    assert statuses(hall, hall.ask(a_registration())) == ["confirmed"]


def test_a_hold_that_ran_out_stands_in_nobodys_way_to_purchase_again() -> None:
    hall, ada = AllocationDriver(price=Decimal(10)), a_person().user_id
    first = hall.booked(a_purchase(ada))
    hall.pass_time(HOLD)
    second = hall.booked(a_purchase(ada))
    assert [hall.of(each).status.value for each in (first, second)] == ["expired", "pending"]


def test_registrations_share_the_capacity_and_the_line() -> None:
    hall = AllocationDriver()
    decisions = hall.ask(a_request(4), a_registration("a@x.org"), a_registration("b@x.org"), a_request(1))
    assert statuses(hall, decisions) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert hall.inventory.held == 5


def test_registering_is_for_free_events() -> None:
    hall = AllocationDriver(price=Decimal("0.01"))
    [decision] = hall.ask(a_registration())
    assert isinstance(decision, PaymentNeeded)
    assert hall.inventory.held == 0
