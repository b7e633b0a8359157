"""A simulated payment gateway. Test tokens decide what it does; an unknown token is declined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from adapters.payments.ledger import Entry, Ledger
from core.booking.errors import PaymentUnavailable
from core.booking.payment import Charge
from core.booking.ports import PaymentGateway
from core.shared.ids import PaymentId

APPROVE = "tok_approve"
DECLINE = "tok_decline"
INSUFFICIENT = "tok_insufficient"
TIMEOUT = "tok_timeout"
"""Charged, but no answer arrives."""
TIMEOUT_LOST = "tok_timeout_lost"
"""Not charged, and no answer arrives."""
SLOW = "tok_slow"
"""Approved after `slow` seconds."""

_APPROVED = frozenset({APPROVE, TIMEOUT, SLOW})


class SimulatedGateway(PaymentGateway):
    def __init__(
        self, ledger: Ledger, *, slow: float = 2.0, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.ledger = ledger
        self._slow = slow
        self._sleep = sleep

    async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
        if token == SLOW:
            await self._sleep(self._slow)
        if token == TIMEOUT_LOST:
            raise PaymentUnavailable("The payment gateway did not answer.")
        outcome = Charge.APPROVED if token in _APPROVED else Charge.DECLINED
        entry = await self.ledger.record(Entry(payment_id, amount, currency, outcome))
        if token == TIMEOUT:
            raise PaymentUnavailable("The payment gateway did not answer.")
        return entry.outcome

    async def settle(self, payment_id: PaymentId) -> Charge:
        return (await self.ledger.record(Entry(payment_id, Decimal(0), "", Charge.UNKNOWN))).outcome

    async def refund(self, payment_id: PaymentId) -> None:
        await self.ledger.refund(payment_id)
