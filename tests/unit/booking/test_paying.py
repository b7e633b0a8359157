"""Paying, purchasing, and payments without an answer, on the memory store (B4, B5, B9, B11, B14)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from adapters.payments.simulated import APPROVE, DECLINE, INSUFFICIENT, SLOW, TIMEOUT, TIMEOUT_LOST, SimulatedGateway
from core.booking.errors import (
    AlreadyPurchased,
    BookingNotFound,
    ExceedsCapacity,
    NotPayable,
    PaymentDeclined,
    PaymentUnavailable,
    SoldOut,
)
from core.booking.model import BookingStatus
from core.booking.payment import Charge
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.ids import EventId, PaymentId
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_person

PATIENCE = timedelta(minutes=1)
PRICE = Decimal("12.35")
PENDING, CONFIRMED, FAILED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.FAILED


async def held(office: BoxOffice, quantity: int = 2, capacity: int = 5) -> tuple[EventId, Principal, BookingView]:
    event_id, ada = await office.open(capacity=capacity, price=PRICE), a_person()
    return event_id, ada, await office.book(event_id, ada, quantity)


async def taken(office: BoxOffice) -> list[tuple[Decimal, str, bool]]:
    """What the gateway charged, and whether it gave it back."""
    entries = await office.store.ledger.entries()
    return [(each.amount, each.currency, each.refunded) for each in entries if each.outcome is Charge.APPROVED]


async def settled(office: BoxOffice) -> int:
    office.store.clock.move(PATIENCE)
    return await office.settle()


async def test_a_paid_booking_is_confirmed_and_charged_exactly(office: BoxOffice) -> None:
    event_id, ada, view = await held(office)
    paid = await office.pay(view.booking.id, by=ada, token=APPROVE)
    assert (paid.booking.status, paid.booking.paying, paid.booking.expires_at) == (CONFIRMED, False, None)
    assert len(paid.tickets) == 2
    assert await taken(office) == [(Decimal("24.70"), "EUR", False)]
    office.store.clock.move(HOLD)
    assert (await office.event(event_id)).booked_count == 2


async def test_a_slow_gateway_is_waited_for(office: BoxOffice) -> None:
    _, ada, view = await held(office)
    assert (await office.pay(view.booking.id, by=ada, token=SLOW)).booking.status is CONFIRMED


@pytest.mark.parametrize("token", [DECLINE, INSUFFICIENT, "tok_nobody_knows"])
async def test_a_declined_payment_releases_the_places_to_the_waitlist(office: BoxOffice, token: str) -> None:
    event_id, ada, view = await held(office, 5)
    waiting = await office.book(event_id, a_person(), 3)
    with pytest.raises(PaymentDeclined):
        await office.pay(view.booking.id, by=ada, token=token)
    assert (await office.stored(view.booking.id)).booking.status is FAILED
    assert (await office.stored(waiting.booking.id)).booking.status is PENDING
    assert ((await office.event(event_id)).booked_count, await taken(office)) == (3, [])


async def test_only_a_pending_booking_can_be_paid(office: BoxOffice) -> None:
    event_id, ada, view = await held(office)
    await office.pay(view.booking.id, by=ada, token=APPROVE)
    filling = await office.book(event_id, ada, 3)
    waiting = await office.book(event_id, ada, 1)
    for booking_id in (view.booking.id, waiting.booking.id):
        with pytest.raises(NotPayable):
            await office.pay(booking_id, by=ada, token=APPROVE)
    office.store.clock.move(HOLD)
    with pytest.raises(NotPayable, match="expired"):
        await office.pay(filling.booking.id, by=ada, token=APPROVE)
    assert len(await taken(office)) == 1
    assert (await office.stored(waiting.booking.id)).booking.status is PENDING


async def test_nobody_pays_for_a_booking_they_cannot_see(office: BoxOffice) -> None:
    _, _, view = await held(office)
    with pytest.raises(BookingNotFound):
        await office.pay(view.booking.id, by=a_person(), token=APPROVE)
    assert await taken(office) == []


# Without an answer


async def test_without_an_answer_the_places_stay_held_and_nobody_pays_twice(office: BoxOffice) -> None:
    event_id, ada, view = await held(office)
    with pytest.raises(PaymentUnavailable):
        await office.pay(view.booking.id, by=ada, token=TIMEOUT)
    with pytest.raises(NotPayable, match="being paid"):
        await office.pay(view.booking.id, by=ada, token=APPROVE)
    office.store.clock.move(HOLD)
    assert await office.expire() == 0
    assert ((await office.event(event_id)).booked_count, len(await taken(office))) == (2, 1)


async def test_a_charge_without_an_answer_is_settled_and_confirmed(office: BoxOffice) -> None:
    event_id, ada, view = await held(office)
    with pytest.raises(PaymentUnavailable):
        await office.pay(view.booking.id, by=ada, token=TIMEOUT)
    assert await office.settle() == 0, "an answer may still be on its way"
    office.store.clock.move(HOLD * 2)
    assert await settled(office) == 1
    now = await office.stored(view.booking.id)
    assert (now.booking.status, len(now.tickets)) == (CONFIRMED, 2)
    assert await taken(office) == [(Decimal("24.70"), "EUR", False)]
    assert await settled(office) == 0
    assert (await office.event(event_id)).booked_count == 2


async def test_a_booking_that_was_never_charged_can_be_paid_again_while_the_hold_lasts(office: BoxOffice) -> None:
    _, ada, view = await held(office)
    with pytest.raises(PaymentUnavailable):
        await office.pay(view.booking.id, by=ada, token=TIMEOUT_LOST)
    assert await settled(office) == 1
    assert (await office.stored(view.booking.id)).booking.paying is False
    assert (await office.pay(view.booking.id, by=ada, token=APPROVE)).booking.status is CONFIRMED
    assert len(await taken(office)) == 1


async def test_places_that_were_never_charged_go_to_the_waitlist_when_the_hold_expires(office: BoxOffice) -> None:
    event_id, ada, view = await held(office, 5)
    waiting = await office.book(event_id, a_person(), 1)
    with pytest.raises(PaymentUnavailable):
        await office.pay(view.booking.id, by=ada, token=TIMEOUT_LOST)
    office.store.clock.move(HOLD)
    assert await settled(office) == 1
    assert (await office.stored(view.booking.id)).booking.status is BookingStatus.EXPIRED
    assert (await office.stored(waiting.booking.id)).booking.status is PENDING
    assert await taken(office) == []


# Given back


async def test_a_cancelled_booking_is_refunded_once(office: BoxOffice) -> None:
    _, ada, view = await held(office)
    await office.pay(view.booking.id, by=ada, token=APPROVE)
    for _ in range(2):
        await office.cancel(view.booking.id, by=ada)
    assert await taken(office) == [(Decimal("24.70"), "EUR", False)]
    assert [await settled(office), await settled(office)] == [1, 0]
    assert await taken(office) == [(Decimal("24.70"), "EUR", True)]


async def test_a_booking_cancelled_during_its_payment_is_refunded(office: BoxOffice) -> None:
    event_id, ada, view = await held(office, 5)
    waiting = await office.book(event_id, a_person(), 5)
    with pytest.raises(PaymentUnavailable):
        await office.pay(view.booking.id, by=ada, token=TIMEOUT)
    await office.cancel(view.booking.id, by=ada)
    assert (await office.stored(waiting.booking.id)).booking.status is PENDING
    assert [await settled(office), await settled(office)] == [1, 1]
    assert await taken(office) == [(Decimal("61.75"), "EUR", True)]
    assert (await office.stored(view.booking.id)).booking.status is BookingStatus.CANCELLED
    assert (await office.event(event_id)).booked_count == 5


async def test_cancelling_an_event_refunds_finished_and_unfinished_payments(office: BoxOffice) -> None:
    event_id, ada, view = await held(office)
    other = await office.book(event_id, ada, 1)
    await office.book(event_id, ada, 1)
    await office.pay(view.booking.id, by=ada, token=APPROVE)
    with pytest.raises(PaymentUnavailable):
        await office.pay(other.booking.id, by=ada, token=TIMEOUT)
    await office.cancel_event(event_id, by=ADMIN)
    await settled(office)
    await settled(office)
    assert await taken(office) == [(Decimal("24.70"), "EUR", True), (PRICE, "EUR", True)]
    assert await settled(office) == 0


async def test_two_workers_at_once_settle_and_refund_each_payment_once(office: BoxOffice) -> None:
    class FarAway(SimulatedGateway):
        """Others get their turn while it is asked."""

        async def settle(self, payment_id: PaymentId) -> Charge:
            await asyncio.sleep(0)
            return await super().settle(payment_id)

        async def refund(self, payment_id: PaymentId) -> None:
            await asyncio.sleep(0)
            await super().refund(payment_id)

    event_id, ada, view = await held(office)
    lost = await office.book(event_id, ada, 1)
    await office.pay(view.booking.id, by=ada, token=APPROVE)
    with pytest.raises(PaymentUnavailable):
        await office.pay(lost.booking.id, by=ada, token=TIMEOUT)
    await office.cancel(view.booking.id, by=ada)
    office.store.clock.move(PATIENCE)
    worker = replace(office.settle, gateway=FarAway(office.store.ledger))
    assert [*await asyncio.gather(worker(), worker())] == [2, 2]
    assert await taken(office) == [(Decimal("24.70"), "EUR", True), (PRICE, "EUR", False)]
    assert len((await office.stored(lost.booking.id)).tickets) == 1
    assert await settled(office) == 0


async def test_a_refund_that_fails_is_postponed_and_does_not_affect_the_others(office: BoxOffice) -> None:
    class Unlucky(SimulatedGateway):
        async def refund(self, payment_id: PaymentId) -> None:
            if next(calls) == 1:
                raise ConnectionResetError
            await super().refund(payment_id)

    calls = count(1)
    event_id, ada, first = await held(office)
    second = await office.book(event_id, ada, 1)
    for view in (first, second):
        await office.pay(view.booking.id, by=ada, token=APPROVE)
        await office.cancel(view.booking.id, by=ada)
        office.store.clock.move(timedelta(seconds=1))
    worker = replace(office.settle, gateway=Unlucky(office.store.ledger))
    with pytest.raises(ExceptionGroup) as failed:
        await worker()
    assert [type(each) for each in failed.value.exceptions] == [ConnectionResetError]
    assert [refunded for _, _, refunded in await taken(office)] == [False, True]
    assert await worker() == 1
    assert [refunded for _, _, refunded in await taken(office)] == [True, True]


# The same key again, with a payment


async def test_a_replay_while_the_payment_is_unknown_shows_the_booking_that_is_being_paid(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    with pytest.raises(PaymentUnavailable) as unknown:
        await office.book(event_id, ada, key="k", payment_token=TIMEOUT)
    again = await office.place(event_id, by=ada, key="k", quantity=1, payment_token=TIMEOUT)
    assert (again.replayed, again.view.booking.status, again.view.booking.paying) == (True, PENDING, True)
    assert unknown.value.facts == {
        "booking_id": str(again.view.booking.id),
        "expires_at": again.view.booking.expires_at,
    }
    assert "The places stay held until it is known" in unknown.value.detail
    assert "An unpaid booking is held until Fri 20 November 2026, 12:10 UTC." in unknown.value.detail
    await settled(office)
    paid = await office.place(event_id, by=ada, key="k", quantity=1, payment_token=TIMEOUT)
    assert (paid.replayed, paid.view.booking.status, len(await taken(office))) == (True, CONFIRMED, 1)


async def test_a_replay_pays_a_hold_that_was_never_charged(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    with pytest.raises(PaymentUnavailable):
        await office.book(event_id, ada, key="k", payment_token=TIMEOUT_LOST)
    await settled(office)
    again = await office.place(event_id, by=ada, key="k", quantity=1, payment_token=APPROVE)
    assert (again.replayed, again.view.booking.status, len(await taken(office))) == (True, CONFIRMED, 1)


async def test_a_declined_payment_stays_declined_when_the_request_is_repeated(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    for _ in range(2):
        with pytest.raises(PaymentDeclined):
            await office.book(event_id, ada, key="k", payment_token=DECLINE)
    assert len(await office.store.ledger.entries()) == 1
    assert (await office.book(event_id, ada, key="another", payment_token=APPROVE)).booking.status is CONFIRMED


async def test_many_copies_of_a_paid_request_get_one_booking_and_one_charge(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    copies = (office.place(event_id, by=ada, key="k", quantity=1, payment_token=APPROVE) for _ in range(20))
    placed = await asyncio.gather(*copies)
    assert len({each.view.booking.id for each in placed}) == 1
    assert [each.replayed for each in placed].count(False) == 1
    assert len(await taken(office)) == 1


# Purchasing


async def test_a_purchase_of_a_free_ticket_takes_no_money(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    view = await office.purchase(event_id, by=ada)
    assert (view.booking.status, view.booking.quantity, len(view.tickets)) == (CONFIRMED, 1, 1)
    assert await office.store.ledger.entries() == []


async def test_a_ticket_is_purchased_once_until_it_is_cancelled(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    first = await office.purchase(event_id, by=ada)
    with pytest.raises(AlreadyPurchased):
        await office.purchase(event_id, by=ada)
    await office.purchase(event_id, by=a_person())
    assert await taken(office) == [(PRICE, "EUR", False)] * 2
    await office.cancel(first.booking.id, by=ada)
    assert (await office.purchase(event_id, by=ada)).booking.status is CONFIRMED


async def test_a_declined_purchase_leaves_no_active_booking(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE, capacity=1), a_person()
    with pytest.raises(PaymentDeclined):
        await office.purchase(event_id, by=ada, token=DECLINE)
    assert (await office.event(event_id)).booked_count == 0
    assert (await office.purchase(event_id, by=ada)).booking.status is CONFIRMED


async def test_a_purchase_is_never_waitlisted(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE, capacity=1)
    await office.purchase(event_id, by=a_person())
    ada = a_person()
    with pytest.raises(SoldOut):
        await office.purchase(event_id, by=ada)
    assert (await office.my_bookings(PageRequest(), by=ada)).total == 0
    assert len(await taken(office)) == 1


async def test_a_purchase_that_was_never_charged_fails_once_that_is_known(office: BoxOffice) -> None:
    event_id, ada = await office.open(price=PRICE), a_person()
    with pytest.raises(PaymentUnavailable):
        await office.purchase(event_id, by=ada, token=TIMEOUT_LOST)
    with pytest.raises(AlreadyPurchased):
        await office.purchase(event_id, by=ada)
    await settled(office)
    [first] = (await office.my_bookings(PageRequest(), by=ada)).items
    assert (first.booking.status, (await office.event(event_id)).booked_count) == (FAILED, 0)
    assert (await office.purchase(event_id, by=ada)).booking.status is CONFIRMED
    assert len(await taken(office)) == 1


async def test_a_refused_party_is_not_charged(office: BoxOffice) -> None:
    event_id = await office.open(price=PRICE, capacity=1)
    with pytest.raises(ExceedsCapacity):
        await office.book(event_id, a_person(), 2)
    assert await office.store.ledger.entries() == []
