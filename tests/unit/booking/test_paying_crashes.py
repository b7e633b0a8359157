"""A process that ends between any two steps of a payment: money and bookings agree to the cent (B5)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.payments.ledger import Ledger
from adapters.payments.simulated import APPROVE, DECLINE, SLOW, TIMEOUT, TIMEOUT_LOST, SimulatedGateway
from adapters.system.ids import TimeOrderedIds
from core.booking.errors import NotPayable, PaymentUnavailable
from core.booking.model import HOLDING, Booking, BookingStatus
from core.booking.paying import PayBooking, SettlePayments
from core.booking.payment import Charge, Payment, PaymentStatus
from core.booking.payment_service import PaymentService, record_outcome
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.errors import Refusal
from core.shared.ids import BookingId, EventId, PaymentId
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_person
from tests.support.fuse import Fuse, FusedUnit, ProcessEnded

PATIENCE = timedelta(minutes=1)
STEPS = 6
"""Before and after the first transaction, the charge, and the second transaction."""


class FusedGateway(SimulatedGateway):
    """The process may end right before and right after it charges, settles or refunds."""

    def __init__(self, ledger: Ledger, fuse: Fuse) -> None:
        super().__init__(ledger, slow=0.0)
        self._fuse = fuse

    async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
        self._fuse.burn()
        try:
            return await super().charge(payment_id, amount, currency, token)
        finally:
            self._fuse.burn()

    async def settle(self, payment_id: PaymentId) -> Charge:
        self._fuse.burn()
        charge = await super().settle(payment_id)
        self._fuse.burn()
        return charge

    async def refund(self, payment_id: PaymentId) -> None:
        self._fuse.burn()
        await super().refund(payment_id)
        self._fuse.burn()


def fused_till(office: BoxOffice, fuse: Fuse) -> PaymentService:
    def new_uow() -> Any:
        return FusedUnit(office.store.booking(), fuse)

    return PaymentService(new_uow, FusedGateway(office.store.ledger, fuse), TimeOrderedIds(), office.store.new_context)


async def unsettled(office: BoxOffice) -> list[Payment]:
    async with office.store.booking() as uow:
        return [*await uow.payments.unsettled(office.store.clock.now() + timedelta(days=1), 100)]


async def paid_until(office: BoxOffice, view: BookingView, by: Principal, token: str, steps: int) -> bool:
    """Pay until the process ends; whether it did."""
    try:
        await PayBooking(fused_till(office, Fuse(steps)))(view.booking.id, by=by, token=token)
    except ProcessEnded:
        return True
    except Refusal:
        return False
    return False


async def settled_with_every_step_a_last_one(office: BoxOffice) -> None:
    """The worker takes it up, ended after one step, after two, after three … until nothing is left to do."""
    steps = 0
    while await unsettled(office):
        office.store.clock.move(PATIENCE)
        till = fused_till(office, Fuse(steps))
        try:
            await SettlePayments(till.new_uow, till.gateway, office.store.new_context, PATIENCE)()
        except ProcessEnded:
            steps += 1
        assert steps < 100, "the worker gets nowhere"


@dataclass
class Books:
    """All that was booked in a test, to be held against the gateway's ledger."""

    office: BoxOffice
    event_id: EventId
    bookings: list[BookingId] = field(default_factory=list)

    async def must_balance(self) -> None:
        views = [await self.office.now(booking_id) for booking_id in self.bookings]
        owed = sum(view.booking.amount for view in views if view.booking.status is BookingStatus.CONFIRMED)
        entries = await self.office.store.ledger.entries()
        kept = sum(entry.amount for entry in entries if entry.outcome is Charge.APPROVED and not entry.refunded)
        assert kept == owed
        for view in views:
            valid = [ticket for ticket in view.tickets if not ticket.is_void]
            assert len(valid) == (view.booking.quantity if view.booking.status is BookingStatus.CONFIRMED else 0)
            assert not view.booking.paying
        held = sum(view.booking.quantity for view in views if view.booking.status in HOLDING)
        assert (await self.office.event(self.event_id)).booked_count == held


async def opened(office: BoxOffice) -> tuple[Books, Principal, BookingView, BookingView]:
    """A full priced event: who holds all its places, and who waits for some."""
    ada = a_person()
    event_id = await office.open(capacity=3, price=Decimal("12.35"))
    view, waiting = await office.book(event_id, ada, 3), await office.book(event_id, a_person(), 2)
    return Books(office, event_id, [view.booking.id, waiting.booking.id]), ada, view, waiting


async def meanwhile(office: BoxOffice, what: str, inventory: Books, booking_id: BookingId) -> None:
    if what == "the hold runs out":
        office.store.clock.move(HOLD)
        await office.expire()
    elif what == "cancelled":
        await office.cancel(booking_id, by=ADMIN)
    elif what == "event cancelled":
        await office.cancel_event(inventory.event_id, by=ADMIN)


@pytest.mark.parametrize("what", ["nothing", "the hold runs out", "cancelled", "event cancelled"])
@pytest.mark.parametrize("token", [APPROVE, SLOW, DECLINE, TIMEOUT, TIMEOUT_LOST])
@pytest.mark.parametrize("steps", range(STEPS + 1))
async def test_whatever_step_was_the_last_money_and_bookings_agree(
    office: BoxOffice, steps: int, token: str, what: str
) -> None:
    inventory, ada, view, _ = await opened(office)
    answered = token in (APPROVE, SLOW, DECLINE)
    ended = await paid_until(office, view, ada, token, steps)
    assert ended == (steps < (STEPS if answered else 4))
    await meanwhile(office, what, inventory, view.booking.id)
    await settled_with_every_step_a_last_one(office)
    await office.expire()
    await inventory.must_balance()


@pytest.mark.parametrize("steps", range(STEPS))
async def test_who_tries_again_after_any_step_is_charged_once(office: BoxOffice, steps: int) -> None:
    inventory, ada, view, _ = await opened(office)
    assert await paid_until(office, view, ada, APPROVE, steps)
    for _ in range(2):
        try:
            await office.pay(view.booking.id, by=ada, token=APPROVE)
        except NotPayable:
            await settled_with_every_step_a_last_one(office)
    entries = await office.store.ledger.entries()
    assert [entry.outcome for entry in entries].count(Charge.APPROVED) == 1
    assert (await office.now(view.booking.id)).booking.status is BookingStatus.CONFIRMED
    await inventory.must_balance()


async def begun(office: BoxOffice, view: BookingView, by: Principal) -> Payment:
    """The process ended after the first transaction: the payment is noted, the gateway was not asked."""
    assert await paid_until(office, view, by, APPROVE, 2)
    [payment] = await unsettled(office)
    assert await office.store.ledger.entries() == []
    assert (await office.now(view.booking.id)).booking.paying
    return payment


async def record(office: BoxOffice, payment: Payment, charge: Charge) -> Booking:
    async with office.store.booking() as uow:
        return await record_outcome(uow, payment, charge, office.store.new_context())


async def test_a_charge_that_comes_after_the_worker_asked_is_not_taken(office: BoxOffice) -> None:
    inventory, ada, view, _ = await opened(office)
    payment = await begun(office, view, ada)
    office.store.clock.move(PATIENCE)
    assert await office.settle() == 1
    late = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    assert late is Charge.UNKNOWN
    booking = await record(office, payment, late)
    assert (booking.status, booking.paying) == (BookingStatus.PENDING, False)
    assert (await office.pay(view.booking.id, by=ada, token=APPROVE)).booking.status is BookingStatus.CONFIRMED
    await inventory.must_balance()


async def test_a_charge_that_comes_too_late_is_told_as_not_taken(office: BoxOffice) -> None:
    class OvertakenGateway(SimulatedGateway):
        """Slower than the worker's patience."""

        async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
            office.store.clock.move(PATIENCE)
            assert await office.settle() == 1
            return await super().charge(payment_id, amount, currency, token)

    inventory, ada, view, _ = await opened(office)
    till = replace(fused_till(office, Fuse(100)), gateway=OvertakenGateway(office.store.ledger))
    with pytest.raises(PaymentUnavailable, match="too late"):
        await PayBooking(till)(view.booking.id, by=ada, token=APPROVE)
    await inventory.must_balance()


async def test_concluding_twice_gives_one_set_of_tickets(office: BoxOffice) -> None:
    inventory, ada, view, _ = await opened(office)
    payment = await begun(office, view, ada)
    charge = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    bookings = await asyncio.gather(*(record(office, payment, charge) for _ in range(3)))
    assert {booking.status for booking in bookings} == {BookingStatus.CONFIRMED}
    await inventory.must_balance()


async def test_charging_twice_charges_once(office: BoxOffice) -> None:
    inventory, ada, view, _ = await opened(office)
    payment = await begun(office, view, ada)
    for _ in range(2):
        charge = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    await record(office, payment, charge)
    assert len(await office.store.ledger.entries()) == 1
    await inventory.must_balance()


async def test_a_booking_given_back_during_the_charge_is_told_to_be_refunded(office: BoxOffice) -> None:
    class SlowEnough(SimulatedGateway):
        """Somebody gives the booking back while it charges."""

        async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
            await office.cancel(view.booking.id, by=ada)
            return await super().charge(payment_id, amount, currency, token)

    inventory, ada, view, waiting = await opened(office)
    till = replace(fused_till(office, Fuse(100)), gateway=SlowEnough(office.store.ledger))
    with pytest.raises(NotPayable, match="refunded"):
        await PayBooking(till)(view.booking.id, by=ada, token=APPROVE)
    [payment] = await unsettled(office)
    assert payment.status is PaymentStatus.REFUND_DUE
    assert (await office.now(waiting.booking.id)).booking.status is BookingStatus.PENDING
    await settled_with_every_step_a_last_one(office)
    await inventory.must_balance()


async def test_a_payment_that_cannot_be_settled_now_does_not_keep_the_others_waiting(office: BoxOffice) -> None:
    class HalfDown(SimulatedGateway):
        """Does not answer about one payment."""

        async def settle(self, payment_id: PaymentId) -> Charge:
            if payment_id == first.id:
                raise PaymentUnavailable("The payment gateway did not answer.")
            return await super().settle(payment_id)

    _, ada, view, _ = await opened(office)
    first = await begun(office, view, ada)
    other_event = await office.open(price=Decimal(1))
    other = await office.book(other_event, ada)
    assert await paid_until(office, other, ada, APPROVE, 4)
    office.store.clock.move(PATIENCE)
    settle = SettlePayments(office.store.booking, HalfDown(office.store.ledger), office.store.new_context, PATIENCE)
    assert await settle() == 1
    assert (await office.now(other.booking.id)).booking.status is BookingStatus.CONFIRMED
    assert [payment.id for payment in await unsettled(office)] == [first.id]
