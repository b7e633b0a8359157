"""Who is admitted at the door: which ticket a code means, and when check-in is possible."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.booking.errors import EventCancelled, TicketNotFound, TooEarly, WrongEvent
from core.booking.model import EventSummary
from core.booking.ports import TicketView
from core.shared.times import format_time, to_rfc3339

_SEPARATORS = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Pd", "Pc"}
"""The Unicode categories of spaces, line ends, invisible characters, dashes and underscores."""
_MINUS = "\N{MINUS SIGN}"


def fold_code(code: str) -> str:
    """Return a ticket code without case and separators, in the form that NFKC gives to letters and digits.

    Scanners add line ends and tabs, telephones capital letters, and texts on the way change hyphens and add spaces.
    """
    plain = unicodedata.normalize("NFKC", code)
    return "".join(each for each in plain if unicodedata.category(each) not in _SEPARATORS and each != _MINUS).lower()


def choose_ticket(event: EventSummary, candidates: Sequence[TicketView], code: str) -> TicketView:
    """Return the ticket of the event that a code means, of those whose code is the same after `fold_code`.

    The one with exactly this code wins; several are very unlikely. Raises WrongEvent or TicketNotFound.
    """
    of_event = [view for view in candidates if view.event.id == event.id]
    meant = [view for view in of_event if view.ticket.code == code.strip()] or of_event
    if len(meant) == 1:
        return meant[0]
    if candidates and not of_event:
        other = candidates[0].event
        starts = format_time(to_rfc3339(other.start_time), other.timezone)
        raise WrongEvent(f"This ticket is for another event: {other.name}, {starts}.")
    raise TicketNotFound("No ticket has this code. Scan or type it again.")


def must_admit(event: EventSummary, now: datetime, opens_before: timedelta | None) -> None:
    """Check that the door of an event admits people now.

    `opens_before` is how long before the start check-in begins; None means at any time. Raises EventCancelled or
    TooEarly.
    """
    if event.is_cancelled:
        raise EventCancelled("This event is cancelled; its tickets admit nobody.")
    opens_at = now if opens_before is None else event.start_time - opens_before
    if now < opens_at:
        begins = format_time(to_rfc3339(opens_at), event.timezone)
        raise TooEarly(f"Check-in begins on {begins}.", opens_at=opens_at)
