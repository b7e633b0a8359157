"""schema.org Offers of an event (https://schema.org/Offer): its price, and whether tickets are left.

Prices are in major units. schema.org does not say whether they include fees; they are taken as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.sources.reading.embedded_state import currency_at, price_at, text_at, time_at, value_at

_AVAILABLE = frozenset({"InStock", "LimitedAvailability", "OnlineOnly", "InStoreOnly", "PreOrder", "PreSale"})
_SOLD_OUT = frozenset({"SoldOut", "OutOfStock"})
_AMOUNTS = (("price",), ("lowPrice",), ("priceSpecification", "price"), ("priceSpecification", "minPrice"))


@dataclass(frozen=True, slots=True)
class OfferSummary:
    """The price of the cheapest available ticket, and whether the event is sold out; None when unknown."""

    price: Decimal | None = None
    currency: str | None = None
    sold_out: bool | None = None


def summarize_offers(event: object, offers: Sequence[object], now: datetime | None) -> OfferSummary:
    """Summarize the offers of an event that are on sale at `now`.

    A price of zero counts only when no offer has another: beside one, it is a ticket for children or members, or a
    donation.
    """
    on_sale = [offer for offer in _flatten(offers) if not _is_over(offer, now)]
    states = [schema_term_at(offer, "availability") for offer in on_sale]
    available = [offer for offer, state in zip(on_sale, states, strict=True) if state not in _SOLD_OUT] or on_sale
    prices = [(amount, _currency(offer)) for offer in available if (amount := _amount(offer)) is not None]
    paid = [(amount, code) for amount, code in prices if amount > 0 and code]
    if not paid and _is_free(event, available):
        return OfferSummary(Decimal(0), next((code for _, code in prices if code), None), _sold_out(states))
    amount, code = min((price for price in paid if price[1] == paid[0][1]), default=(None, None))
    return OfferSummary(amount, code, _sold_out(states))


def schema_term_at(node: object, *path: str | int) -> str | None:
    """Return a term of schema.org, in any of its forms: `SoldOut`, `https://schema.org/SoldOut`, `schema:SoldOut`."""
    return re.split(r"[/#:]", text_at(node, *path) or "")[-1] or None


def as_list(value: object) -> list[object]:
    """Return the values of a property, which may be one value, a list or None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _flatten(offers: Sequence[object]) -> list[object]:
    """Return the offers, with each AggregateOffer replaced by its members, if it has any."""
    return [member for offer in offers for member in as_list(value_at(offer, "offers")) or [offer]]


def _is_over(offer: object, now: datetime | None) -> bool:
    until = time_at(offer, "validThrough")
    return now is not None and until is not None and until.tzinfo is not None and until <= now


def _amount(offer: object) -> Decimal | None:
    code = _currency(offer)
    return next((found for path in _AMOUNTS if (found := price_at(code, offer, *path)) is not None), None)


def _currency(offer: object) -> str | None:
    return currency_at(offer, "priceCurrency") or currency_at(offer, "priceSpecification", "priceCurrency")


def _is_free(event: object, offers: Sequence[object]) -> bool:
    """Return whether the page says that the event is free and states no price, not even an unreadable one."""
    declared = value_at(event, "isAccessibleForFree")
    free = declared is True or (isinstance(declared, str) and schema_term_at(declared) in {"true", "True"})
    amounts = [value_at(offer, *path) for offer in offers for path in (*_AMOUNTS, ("highPrice",))]
    stated = [amount for amount in amounts if amount not in (None, "")]
    return all(price_at(None, amount) == 0 for amount in stated) and (free or bool(stated)) and declared is not False


def _sold_out(states: Sequence[str | None]) -> bool | None:
    if any(state in _AVAILABLE for state in states):
        return False
    return True if states and all(state in _SOLD_OUT for state in states) else None
