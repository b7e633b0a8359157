"""What the door says about a ticket: one word that can be read from afar, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.booking.errors import (
    AlreadyCheckedIn,
    EventCancelled,
    NoCodeInPhoto,
    PhotoTooLarge,
    PhotoUnreadable,
    SeveralCodesInPhoto,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from core.booking.ports import TicketView
from core.shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer at the door. `kind` is its colour, glyph and sound: go, stop, or moon, which is to look closer.

    `ticket` is the one that is meant, if it is known.
    """

    kind: str
    word: str
    detail: str = ""
    ticket: TicketView | None = None


_WORDS: Mapping[type[Refusal], tuple[str, str]] = {
    AlreadyCheckedIn: ("stop", "Used"),
    TicketNotFound: ("stop", "Unknown"),
    WrongEvent: ("stop", "Wrong event"),
    TicketVoid: ("stop", "Void"),
    EventCancelled: ("stop", "Cancelled"),
    TooEarly: ("moon", "Too early"),
    NoCodeInPhoto: ("moon", "No code"),
    SeveralCodesInPhoto: ("moon", "Several codes"),
    PhotoTooLarge: ("moon", "Photo too large"),
    PhotoUnreadable: ("moon", "No photo"),
}
REFUSALS = tuple(_WORDS)
"""The refusals that are answers at the door, not mistakes of the page."""


def admit(ticket: TicketView) -> Verdict:
    """Return the verdict on a ticket that was just checked in, or whose check-in was just undone."""
    if ticket.ticket.checked_in_at is None:
        return Verdict("moon", "Undone", "This ticket admits again.", ticket)
    return Verdict("go", "Valid", ticket=ticket)


def refuse(refusal: Refusal, ticket: TicketView | None) -> Verdict:
    """Return the verdict that a refusal means. One of `REFUSALS`."""
    kind, word = next(found for known, found in _WORDS.items() if isinstance(refusal, known))
    return Verdict(kind, word, refusal.detail, ticket)
