"""Money: a decimal amount with its currency, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.shared.errors import InvalidFields

_CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("1000000.00")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units (12.50), rounded to the cent, and its ISO 4217 currency code in capitals.

    Raises InvalidFields for a negative or excessive amount, a fraction of a cent, or a code that is not three letters.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        errors: dict[str, list[str]] = {}
        if not self.amount.is_finite() or not 0 <= self.amount <= MAX_AMOUNT:
            errors["price"] = [f"Must be between 0 and {MAX_AMOUNT}."]
        elif self.amount != self.amount.quantize(_CENT):
            errors["price"] = ["Must not have more than two decimals."]
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            errors["currency"] = ["Must be an ISO 4217 code, such as EUR."]
        if errors:
            raise InvalidFields(errors)
        object.__setattr__(self, "amount", self.amount.quantize(_CENT))
