"""Who is admitted at the door (B10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.booking.admission import choose_ticket, fold_code, must_admit
from core.booking.errors import EventCancelled, TicketNotFound, TooEarly, WrongEvent
from core.booking.model import EventSummary, Ticket
from core.booking.ports import TicketView
from core.shared.ids import BookingId, TicketId
from tests.support.builders import TOMORROW, an_inventory

CODE = "Qm3xZ8r0-1vB6kLpY_5nWA"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        CODE.upper(),
        CODE.replace("-", "").replace("_", ""),
        f"{CODE}\r",
        f"{CODE}\r\n",
        f"\t{CODE}\t",
        f"\x02{CODE}\x03",
        f"  {CODE[:11]} {CODE[11:]}\u00a0",
        f"\ufeff{CODE}\u200b\ud800",
        CODE.replace("-", "\u2011"),
        CODE.replace("-", "\u2013"),
        CODE.replace("-", "\u2212"),
        CODE.replace("Q", "\uff31").replace("8", "\uff18"),
    ],
)
def test_what_scanners_people_and_texts_make_of_a_code_does_not_matter(typed: str) -> None:
    assert fold_code(typed) == "qm3xz8r01vb6klpy5nwa"


def test_what_is_no_code_stays_none() -> None:
    assert fold_code(" \r\n\u200b\ud800") == ""
    assert fold_code(CODE[:-1]) != fold_code(CODE)


def a_view(event: EventSummary, code: str = CODE) -> TicketView:
    ticket = Ticket(TicketId(uuid4()), BookingId(uuid4()), event.id, code)
    return TicketView(ticket, event, owner_id=None, seat=None)


def test_of_codes_that_differ_in_case_the_exact_one_is_meant_and_a_typed_one_means_neither() -> None:
    event = an_inventory().event
    first, second = a_view(event, CODE), a_view(event, CODE.swapcase())
    assert choose_ticket(event, [first, second], f" {CODE} ") is first
    assert choose_ticket(event, [first], CODE.lower()) is first
    with pytest.raises(TicketNotFound):
        choose_ticket(event, [first, second], CODE.lower())
    with pytest.raises(TicketNotFound):
        choose_ticket(event, [], CODE)


def test_a_ticket_for_another_event_is_refused_with_its_name_and_start() -> None:
    other = replace(an_inventory().event, name="Jazz")
    with pytest.raises(WrongEvent, match="another event: Jazz, Sat 21 November 2026"):
        choose_ticket(an_inventory().event, [a_view(other)], CODE)


def test_check_in_is_possible_at_any_time_unless_it_begins_some_hours_before_the_start() -> None:
    event = an_inventory(start_time=TOMORROW).event
    must_admit(event, TOMORROW - 2000 * HOUR, None)
    must_admit(event, TOMORROW - 2 * HOUR, 2 * HOUR)
    must_admit(event, TOMORROW + 2 * HOUR, 2 * HOUR)
    with pytest.raises(TooEarly, match="Check-in begins on Sat 21 November 2026, 10:00 UTC") as refused:
        must_admit(event, TOMORROW - 2 * HOUR - timedelta(seconds=1), 2 * HOUR)
    assert refused.value.facts == {"opens_at": TOMORROW - 2 * HOUR}


def test_a_cancelled_event_admits_nobody() -> None:
    with pytest.raises(EventCancelled):
        must_admit(replace(an_inventory().event, is_cancelled=True), TOMORROW, None)
