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
    records = [decision.record for decision in decisions if isinstance(decision, Replay)]
    assert len(records) == len(decisions)
    return [(record.booking_id, record.was_waitlisted) for record in records]


def test_the_same_request_under_the_same_key_is_the_same_booking_in_one_batch_and_later() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    first, again, other = driver.ask(keyed(ada), keyed(ada), keyed(ada, key="two"))
    assert isinstance(first, Booking)
    assert isinstance(other, Booking)
    assert replayed([again]) == [(first.id, False)]
    assert replayed(driver.ask(keyed(ada), keyed(ada, key="two"))) == [(first.id, False), (other.id, False)]
    assert (len(driver.bookings), driver.inventory.held) == (2, 2)


def test_another_request_under_the_same_key_is_refused_in_one_batch_and_later() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    assert statuses(driver, driver.ask(keyed(ada), keyed(ada, quantity=2))) == ["confirmed", "IdempotencyKeyReused"]
    [later] = driver.ask(keyed(ada, quantity=2))
    assert isinstance(later, IdempotencyKeyReused)
    assert driver.inventory.held == 1


def test_a_key_is_its_owners_alone() -> None:
    driver = AllocationDriver()
    assert statuses(driver, driver.ask(*(keyed(a_person().user_id) for _ in range(3)))) == ["confirmed"] * 3


def test_a_refusal_is_not_remembered_in_one_batch_or_later() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    holder = driver.must_book(a_request(5))
    asked = [keyed(ada, may_wait=False), keyed(ada)]
    assert statuses(driver, driver.ask(*asked)) == ["SoldOut", "waitlisted"]
    bob = a_person().user_id
    driver.cancel(driver.waitlist()[0])
    [refused] = driver.ask(keyed(bob, may_wait=False))
    assert isinstance(refused, SoldOut)
    driver.cancel(holder)
    assert statuses(driver, driver.ask(keyed(bob, quantity=2))) == ["confirmed"]


def test_a_replay_is_told_whatever_has_happened_since() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    booking = driver.must_book(keyed(ada))
    driver.cancel(booking)
    driver.edit(event=replace(driver.inventory.event, is_hidden=True), is_open=False)
    assert replayed(driver.ask(keyed(ada))) == [(booking.id, False)]


def test_a_replay_knows_that_the_party_had_to_wait_then_though_it_has_places_now() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    holder, waiting = driver.must_book(a_request(5)), driver.must_book(keyed(ada))
    driver.cancel(holder)
    assert driver.latest(waiting).status is BookingStatus.CONFIRMED
    assert replayed(driver.ask(keyed(ada))) == [(waiting.id, True)]


# Once for each


def test_a_ticket_is_purchased_once_in_one_batch_and_later() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    first, second = driver.ask(a_purchase(ada), a_purchase(ada))
    assert isinstance(second, AlreadyPurchased)
    [later] = driver.ask(a_purchase(ada))
    assert isinstance(later, AlreadyPurchased)
    driver.cancel(driver.latest(first))
    assert statuses(driver, driver.ask(a_purchase(ada))) == ["confirmed"]


def test_who_has_a_booking_has_a_ticket_and_still_may_book_more() -> None:
    driver, ada = AllocationDriver(), a_person().user_id
    asked = [a_request(user_id=ada), a_purchase(ada), a_request(user_id=ada)]
    assert statuses(driver, driver.ask(*asked)) == ["confirmed", "AlreadyPurchased", "confirmed"]


def test_a_purchase_of_a_sold_out_event_is_refused() -> None:
    driver = AllocationDriver()
    driver.ask(a_request(5))
    assert statuses(driver, driver.ask(a_purchase(a_person().user_id))) == ["SoldOut"]


def test_a_visitor_registers_once_in_one_batch_and_later() -> None:
    driver = AllocationDriver()
    asked = [a_registration(), a_registration(), a_registration("bob@example.com")]
    first, second, other = driver.ask(*asked)
    assert statuses(driver, [first, other]) == ["confirmed"] * 2
    assert isinstance(second, AlreadyRegistered)
    assert statuses(driver, driver.ask(a_registration())) == ["AlreadyRegistered"]
    driver.cancel(driver.latest(first), by=ADMIN)
    assert statuses(driver, driver.ask(a_registration())) == ["confirmed"]


def test_a_hold_that_ran_out_stands_in_nobodys_way_to_purchase_again() -> None:
    driver, ada = AllocationDriver(price=Decimal(10)), a_person().user_id
    first = driver.must_book(a_purchase(ada))
    driver.pass_time(HOLD)
    second = driver.must_book(a_purchase(ada))
    assert [driver.latest(each).status.value for each in (first, second)] == ["expired", "pending"]


def test_registrations_share_the_capacity_and_the_line() -> None:
    driver = AllocationDriver()
    decisions = driver.ask(a_request(4), a_registration("a@x.org"), a_registration("b@x.org"), a_request(1))
    assert statuses(driver, decisions) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert driver.inventory.held == 5


def test_registering_is_for_free_events() -> None:
    driver = AllocationDriver(price=Decimal("0.01"))
    [decision] = driver.ask(a_registration())
    assert isinstance(decision, PaymentNeeded)
    assert driver.inventory.held == 0
