"""Who is admitted at the door: which ticket a code means, and when check-in is possible."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from core.booking.errors import EventCancelled, TooEarly, WrongEvent
from core.booking.model import EventSummary
from core.shared.times import format_time

_DASHES = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")
"""What programs make of the hyphen in a code that somebody copies: it means the same."""


def read_code(scanned: str) -> str:
    """Return the code in what a scanner or a person typed: scanners add line ends, tabs and other control characters,
    and texts on the way add spaces and invisible characters. The letters' case matters.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", scanned))
    return "".join(each for each in plain if "!" <= each <= "~")


def must_admit(event: EventSummary, ticket_for: EventSummary, now: datetime, opens_before: timedelta | None) -> None:
    """Check that the door of an event admits people with tickets for `ticket_for` now.

    `opens_before` is how long before the start check-in begins; None means at any time. Raises WrongEvent,
    EventCancelled or TooEarly.
    """
    must_be_for(event, ticket_for)
    if event.is_cancelled:
        raise EventCancelled("This event is cancelled; its tickets admit nobody.")
    opens_at = now if opens_before is None else event.start_time - opens_before
    if now < opens_at:
        begins = format_time(opens_at.isoformat(), event.timezone)
        raise TooEarly(f"Check-in begins on {begins}.", opens_at=opens_at)


def must_be_for(event: EventSummary, ticket_for: EventSummary) -> None:
    """Check that a ticket for `ticket_for` is one for this event. Raises WrongEvent."""
    if ticket_for.id != event.id:
        starts = format_time(ticket_for.start_time.isoformat(), ticket_for.timezone)
        raise WrongEvent(f"This ticket is for another event: {ticket_for.name}, {starts}.")
