"""A crash between any two steps of a payment: money and bookings agree exactly (B5)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

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

T = TypeVar("T")

PATIENCE = timedelta(minutes=1)
STEPS = 6
"""Before and after the first transaction, the charge, and the second transaction."""


class FusedGateway(SimulatedGateway):
    """The process may crash right before and right after it charges, settles or refunds."""

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


def fused_payments(office: BoxOffice, fuse: Fuse) -> PaymentService:
    def new_uow() -> Any:
        return FusedUnit(office.store.booking(), fuse)

    return PaymentService(new_uow, FusedGateway(office.store.ledger, fuse), TimeOrderedIds(), office.store.new_context)


async def unsettled(office: BoxOffice) -> list[Payment]:
    async with office.store.booking() as uow:
        return [*await uow.payments.unsettled(office.store.clock.now() + timedelta(days=1), 100)]


async def pay_until_crash(office: BoxOffice, view: BookingView, by: Principal, token: str, steps: int) -> bool:
    """Pay with a crash after so many steps. Return whether it crashed before the end."""
    try:
        await PayBooking(fused_payments(office, Fuse(steps)))(view.booking.id, by=by, token=token)
    except ProcessEnded:
        return True
    except Refusal:
        return False
    return False


async def settle_with_a_crash_at_every_step(office: BoxOffice) -> None:
    """The worker settles, and crashes after one step, after two, after three … until nothing is left to do."""
    steps = 0
    while await unsettled(office):
        office.store.clock.move(PATIENCE)
        payments = fused_payments(office, Fuse(steps))
        try:
            await SettlePayments(payments.new_uow, payments.gateway, office.store.new_context, PATIENCE)()
        except ProcessEnded:
            steps += 1
        assert steps < 100, "the worker makes no progress"


@dataclass
class Accounts:
    """All bookings of a test, to be compared with the gateway's ledger."""

    office: BoxOffice
    event_id: EventId
    bookings: list[BookingId] = field(default_factory=list)

    async def must_balance(self) -> None:
        views = [await self.office.stored(booking_id) for booking_id in self.bookings]
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


async def open_full_event(office: BoxOffice) -> tuple[Accounts, Principal, BookingView, BookingView]:
    """A full event with a price: one booking holds all its places, another waits."""
    ada = a_person()
    event_id = await office.open(capacity=3, price=Decimal("12.35"))
    view, waiting = await office.book(event_id, ada, 3), await office.book(event_id, a_person(), 2)
    return Accounts(office, event_id, [view.booking.id, waiting.booking.id]), ada, view, waiting


async def meanwhile(office: BoxOffice, what: str, accounts: Accounts, booking_id: BookingId) -> None:
    if what == "the hold expires":
        office.store.clock.move(HOLD)
        await office.expire()
    elif what == "cancelled":
        await office.cancel(booking_id, by=ADMIN)
    elif what == "event cancelled":
        await office.cancel_event(accounts.event_id, by=ADMIN)


@pytest.mark.parametrize("what", ["nothing", "the hold expires", "cancelled", "event cancelled"])
@pytest.mark.parametrize("token", [APPROVE, SLOW, DECLINE, TIMEOUT, TIMEOUT_LOST])
@pytest.mark.parametrize("steps", range(STEPS + 1))
async def test_after_a_crash_at_any_step_money_and_bookings_agree(
    office: BoxOffice, steps: int, token: str, what: str
) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    answered = token in (APPROVE, SLOW, DECLINE)
    ended = await pay_until_crash(office, view, ada, token, steps)
    assert ended == (steps < (STEPS if answered else 4))
    await meanwhile(office, what, accounts, view.booking.id)
    await settle_with_a_crash_at_every_step(office)
    await office.expire()
    await accounts.must_balance()


@pytest.mark.parametrize("steps", range(STEPS))
async def test_a_retry_after_a_crash_at_any_step_is_charged_once(office: BoxOffice, steps: int) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    assert await pay_until_crash(office, view, ada, APPROVE, steps)
    for _ in range(2):
        try:
            await office.pay(view.booking.id, by=ada, token=APPROVE)
        except NotPayable:
            await settle_with_a_crash_at_every_step(office)
    entries = await office.store.ledger.entries()
    assert [entry.outcome for entry in entries].count(Charge.APPROVED) == 1
    assert (await office.stored(view.booking.id)).booking.status is BookingStatus.CONFIRMED
    await accounts.must_balance()


class SilentGateway(SimulatedGateway):
    """Does not answer the first time it is asked for each thing: before it has done it, or after."""

    def __init__(self, ledger: Ledger, has_acted: bool) -> None:
        super().__init__(ledger)
        self._has_acted = has_acted
        self.unanswered: list[str] = []

    async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
        return await self._answer("charge", super().charge(payment_id, amount, currency, token))

    async def settle(self, payment_id: PaymentId) -> Charge:
        return await self._answer("settle", super().settle(payment_id))

    async def refund(self, payment_id: PaymentId) -> None:
        await self._answer("refund", super().refund(payment_id))

    async def _answer(self, what: str, work: Coroutine[Any, Any, T]) -> T:
        if what in self.unanswered:
            return await work
        self.unanswered.append(what)
        if self._has_acted:
            await work
        work.close()
        raise PaymentUnavailable("The payment gateway did not answer.")


@pytest.mark.parametrize("has_acted", [False, True])
@pytest.mark.parametrize("what", ["nothing", "the hold expires", "cancelled", "event cancelled"])
async def test_a_gateway_that_times_out_at_every_step_takes_no_money_twice_and_keeps_none_that_is_not_owed(
    office: BoxOffice, has_acted: bool, what: str
) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    gateway = SilentGateway(office.store.ledger, has_acted)
    payments = replace(fused_payments(office, Fuse(100)), gateway=gateway)
    with pytest.raises(PaymentUnavailable):
        await PayBooking(payments)(view.booking.id, by=ada, token=APPROVE)
    await meanwhile(office, what, accounts, view.booking.id)
    settle = SettlePayments(office.store.booking, gateway, office.store.new_context, PATIENCE)
    while await unsettled(office):
        office.store.clock.move(timedelta(hours=1))
        await settle()
    is_refunded = has_acted and what in ("cancelled", "event cancelled")
    assert gateway.unanswered == ["charge", "settle", *(["refund"] if is_refunded else [])]
    await office.expire()
    await accounts.must_balance()


async def begun(office: BoxOffice, view: BookingView, by: Principal) -> Payment:
    """The process crashed after the first transaction: the payment is recorded, the gateway was not asked."""
    assert await pay_until_crash(office, view, by, APPROVE, 2)
    [payment] = await unsettled(office)
    assert await office.store.ledger.entries() == []
    assert (await office.stored(view.booking.id)).booking.paying
    return payment


async def record(office: BoxOffice, payment: Payment, charge: Charge) -> Booking:
    async with office.store.booking() as uow:
        return await record_outcome(uow, payment, charge, office.store.new_context())


async def test_a_charge_that_arrives_after_the_settlement_is_not_taken(office: BoxOffice) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    payment = await begun(office, view, ada)
    office.store.clock.move(PATIENCE)
    assert await office.settle() == 1
    late = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    assert late is Charge.UNKNOWN
    booking = await record(office, payment, late)
    assert (booking.status, booking.paying) == (BookingStatus.PENDING, False)
    assert (await office.pay(view.booking.id, by=ada, token=APPROVE)).booking.status is BookingStatus.CONFIRMED
    await accounts.must_balance()


async def test_a_charge_that_arrives_too_late_is_reported_as_not_taken(office: BoxOffice) -> None:
    class OvertakenGateway(SimulatedGateway):
        """Slower than the worker's patience."""

        async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
            office.store.clock.move(PATIENCE)
            assert await office.settle() == 1
            return await super().charge(payment_id, amount, currency, token)

    accounts, ada, view, _ = await open_full_event(office)
    payments = replace(fused_payments(office, Fuse(100)), gateway=OvertakenGateway(office.store.ledger))
    with pytest.raises(PaymentUnavailable, match="too late"):
        await PayBooking(payments)(view.booking.id, by=ada, token=APPROVE)
    await accounts.must_balance()


async def test_recording_the_outcome_several_times_issues_tickets_once(office: BoxOffice) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    payment = await begun(office, view, ada)
    charge = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    bookings = await asyncio.gather(*(record(office, payment, charge) for _ in range(3)))
    assert {booking.status for booking in bookings} == {BookingStatus.CONFIRMED}
    await accounts.must_balance()


async def test_charging_twice_charges_once(office: BoxOffice) -> None:
    accounts, ada, view, _ = await open_full_event(office)
    payment = await begun(office, view, ada)
    for _ in range(2):
        charge = await office.gateway.charge(payment.id, payment.amount, payment.currency, APPROVE)
    await record(office, payment, charge)
    assert len(await office.store.ledger.entries()) == 1
    await accounts.must_balance()


async def test_a_booking_cancelled_during_the_charge_will_be_refunded(office: BoxOffice) -> None:
    class SlowEnough(SimulatedGateway):
        """The booking is cancelled while it charges."""

        async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
            await office.cancel(view.booking.id, by=ada)
            return await super().charge(payment_id, amount, currency, token)

    accounts, ada, view, waiting = await open_full_event(office)
    payments = replace(fused_payments(office, Fuse(100)), gateway=SlowEnough(office.store.ledger))
    with pytest.raises(NotPayable, match="refunded"):
        await PayBooking(payments)(view.booking.id, by=ada, token=APPROVE)
    [payment] = await unsettled(office)
    assert payment.status is PaymentStatus.REFUND_DUE
    assert (await office.stored(waiting.booking.id)).booking.status is BookingStatus.PENDING
    await settle_with_a_crash_at_every_step(office)
    await accounts.must_balance()


async def test_a_payment_that_cannot_be_settled_does_not_delay_the_others(office: BoxOffice) -> None:
    class HalfDown(SimulatedGateway):
        """Does not answer about one payment."""

        async def settle(self, payment_id: PaymentId) -> Charge:
            if payment_id == first.id:
                raise PaymentUnavailable("The payment gateway did not answer.")
            return await super().settle(payment_id)

    _, ada, view, _ = await open_full_event(office)
    first = await begun(office, view, ada)
    other_event = await office.open(price=Decimal(1))
    other = await office.book(other_event, ada)
    assert await pay_until_crash(office, other, ada, APPROVE, 4)
    office.store.clock.move(PATIENCE)
    settle = SettlePayments(office.store.booking, HalfDown(office.store.ledger), office.store.new_context, PATIENCE)
    assert await settle() == 1
    assert (await office.stored(other.booking.id)).booking.status is BookingStatus.CONFIRMED
    assert [payment.id for payment in await unsettled(office)] == [first.id]
