"""The state machine of a payment (B5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from core.booking.payment import PaymentStatus
from tests.support.builders import NOW, a_payment

ALLOWED = {
    ("open", "captured"),
    ("open", "declined"),
    ("open", "void"),
    ("open", "refund_due"),
    ("captured", "refund_due"),
    ("refund_due", "refunded"),
}
STEPS = [(before, after, (before.value, after.value) in ALLOWED) for before, after in product(PaymentStatus, repeat=2)]


@pytest.mark.parametrize(("before", "after"), [(before, after) for before, after, allowed in STEPS if allowed])
def test_a_step_of_the_state_machine_changes_the_status_and_when(before: PaymentStatus, after: PaymentStatus) -> None:
    payment, later = a_payment(status=before), NOW + timedelta(minutes=1)
    assert payment.become(after, later) == replace(payment, status=after, updated_at=later)


@pytest.mark.parametrize(("before", "after"), [(before, after) for before, after, allowed in STEPS if not allowed])
def test_any_other_step_is_a_mistake_of_ours(before: PaymentStatus, after: PaymentStatus) -> None:
    with pytest.raises(ValueError, match=f"{before} can't become {after}"):
        a_payment(status=before).become(after, NOW)


def test_money_that_was_taken_is_given_back_by_way_of_being_due_and_never_twice() -> None:
    taken = a_payment(status=PaymentStatus.CAPTURED)
    given_back = taken.become(PaymentStatus.REFUND_DUE, NOW).become(PaymentStatus.REFUNDED, NOW)
    assert not [after for after in PaymentStatus if ("refunded", after.value) in ALLOWED]
    assert (given_back.amount, given_back.currency) == (taken.amount, taken.currency)
