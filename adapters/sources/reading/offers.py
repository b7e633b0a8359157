"""schema.org Offers of an event (https://schema.org/Offer): what it costs, and whether a place can still be had.

Prices are in major units. schema.org does not know whether fees are included; what is told is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.sources.reading.embedded_state import at, currency, moment, price, text

_OPEN = frozenset({"InStock", "LimitedAvailability", "OnlineOnly", "InStoreOnly", "PreOrder", "PreSale"})
_SOLD_OUT = frozenset({"SoldOut", "OutOfStock"})
_AMOUNTS = (("price",), ("lowPrice",), ("priceSpecification", "price"), ("priceSpecification", "minPrice"))


@dataclass(frozen=True, slots=True)
class Offered:
    """The cheapest place to be had, None when the page does not say; `sold_out` None when it does not say either."""

    price: Decimal | None = None
    currency: str | None = None
    sold_out: bool | None = None


def offered(event: object, offers: Sequence[object], now: datetime | None) -> Offered:
    """What the offers of an event come to at `now`, those whose sale is over left out.

    Zero is believed when no offer costs anything: beside a price it is a child's or a member's place, or a donation.
    """
    on_sale = [offer for offer in _single(offers) if not _is_over(offer, now)]
    states = [term(offer, "availability") for offer in on_sale]
    had = [offer for offer, state in zip(on_sale, states, strict=True) if state not in _SOLD_OUT] or on_sale
    told = [(amount, _currency(offer)) for offer in had if (amount := _amount(offer)) is not None]
    paid = [(amount, code) for amount, code in told if amount > 0 and code]
    if not paid and _is_free(event, had):
        return Offered(Decimal(0), next((code for _, code in told if code), None), _sold_out(states))
    amount, code = min((it for it in paid if it[1] == paid[0][1]), default=(None, None))
    return Offered(amount, code, _sold_out(states))


def term(node: object, *path: str | int) -> str | None:
    """A word of schema.org's, however it is written: `SoldOut`, `https://schema.org/SoldOut`, `schema:SoldOut`."""
    return re.split(r"[/#:]", text(node, *path) or "")[-1] or None


def many(value: object) -> list[object]:
    """A value of a property, which may have one, several or none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _single(offers: Sequence[object]) -> list[object]:
    """Each offer on its own: of a group of them (AggregateOffer) its members, where it names them."""
    return [member for offer in offers for member in many(at(offer, "offers")) or [offer]]


def _is_over(offer: object, now: datetime | None) -> bool:
    until = moment(offer, "validThrough")
    return now is not None and until is not None and until.tzinfo is not None and until <= now


def _amount(offer: object) -> Decimal | None:
    return next((found for path in _AMOUNTS if (found := price(offer, *path)) is not None), None)


def _currency(offer: object) -> str | None:
    return currency(offer, "priceCurrency") or currency(offer, "priceSpecification", "priceCurrency")


def _is_free(event: object, offers: Sequence[object]) -> bool:
    """Somebody says so, and nobody names a price, not even one that can't be read."""
    said = at(event, "isAccessibleForFree")
    free = said is True or (isinstance(said, str) and term(said) in {"true", "True"})
    costs = [at(offer, *path) for offer in offers for path in (*_AMOUNTS, ("highPrice",))]
    named = [cost for cost in costs if cost not in (None, "")]
    return all(price(cost) == 0 for cost in named) and (free or bool(named)) and said is not False


def _sold_out(states: Sequence[str | None]) -> bool | None:
    if any(state in _OPEN for state in states):
        return False
    return True if states and all(state in _SOLD_OUT for state in states) else None
