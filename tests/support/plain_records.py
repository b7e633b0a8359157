"""The parties and payments of the plain model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


class Refused(Exception):
    """A refusal, with the name of its class in core."""


@dataclass
class Party:
    who: object
    quantity: int
    channel: str
    amount: Decimal
    status: str = "waitlisted"
    number: int | None = None
    until: datetime | None = None
    paying: bool = False
    seats: list[int] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)


@dataclass
class Payment:
    """A payment. `charge` is the gateway's outcome: approved, declined, unknown, or None as long as there is none."""

    party: int
    amount: Decimal
    touched: datetime
    status: str = "open"
    charge: str | None = None
    refunded: bool = False
