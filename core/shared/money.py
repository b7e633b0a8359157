"""Money: a decimal amount in major units (12.50 EUR, 1000 JPY, 7.255 KWD) beside its ISO 4217 code, never a float."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core.shared.currencies import DECIMALS
from core.shared.validation import FieldError

DEFAULT_CURRENCY = "EUR"
FREE = Decimal("0.00")
"""No price, in the default currency."""
MAX_PRICE = Decimal(999_999_999)
MAX_DECIMALS = max(DECIMALS.values())
NO_CURRENCY = "Must be the ISO 4217 code of a currency in use, such as EUR."
_DECIMALS_IN_WORDS = {0: "no decimals", 2: "two decimals at most", 3: "three decimals at most"}


def decimals_of(currency: str) -> int:
    """Return how many decimals amounts of a currency have. Two for a code that is not in use (any more)."""
    return DECIMALS.get(currency, 2)


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Return a finite amount with exactly the decimals of its currency."""
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)))


def find_price_errors(price: Decimal | None, currency: str) -> Iterator[FieldError]:
    """Yield (field, message) for each mistake in the fields `price` (None is unknown) and `currency`."""
    if currency not in DECIMALS:
        yield "currency", NO_CURRENCY
    if price is None:
        return
    if not price.is_finite() or not 0 <= price <= MAX_PRICE:
        yield "price", f"Must be between 0 and {MAX_PRICE}."
    elif price != round_amount(price, currency):
        yield "price", f"An amount in {currency} has {_DECIMALS_IN_WORDS[decimals_of(currency)]}."
