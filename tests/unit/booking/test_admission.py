"""Who is admitted at the door (B10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.booking.admission import must_admit, must_be_for, read_code
from core.booking.errors import EventCancelled, TooEarly, WrongEvent
from tests.support.builders import TOMORROW, an_inventory

CODE = "Qm3xZ8r0-1vB6kLpY_5nWA"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "scanned",
    [
        CODE,
        f"{CODE}\r",
        f"{CODE}\r\n",
        f"\t{CODE}\t",
        f"\x02{CODE}\x03",
        f"  {CODE[:11]} {CODE[11:]}\u00a0",
        f"\ufeff{CODE}\u200b",
        CODE.replace("-", "\u2011"),
        CODE.replace("-", "\u2013"),
        CODE.replace("-", "\u2212"),
        CODE.replace("Q", "\uff31").replace("8", "\uff18"),
    ],
)
def test_what_scanners_and_texts_add_to_a_code_does_not_matter(scanned: str) -> None:
    assert read_code(scanned) == CODE


def test_the_case_of_a_code_matters_and_nothing_is_left_of_what_is_none() -> None:
    assert read_code(CODE.lower()) != CODE
    assert read_code(" \r\n\u200b\ud800") == ""


def test_check_in_is_possible_at_any_time_unless_it_begins_some_hours_before_the_start() -> None:
    event = an_inventory(start_time=TOMORROW).event
    must_admit(event, event, TOMORROW - 2000 * HOUR, None)
    must_admit(event, event, TOMORROW - 2 * HOUR, 2 * HOUR)
    must_admit(event, event, TOMORROW + 2 * HOUR, 2 * HOUR)
    with pytest.raises(TooEarly, match="Check-in begins on Sat 21 November 2026, 10:00 UTC") as refused:
        must_admit(event, event, TOMORROW - 2 * HOUR - timedelta(seconds=1), 2 * HOUR)
    assert refused.value.facts == {"opens_at": TOMORROW - 2 * HOUR}


def test_a_cancelled_event_admits_nobody() -> None:
    event = replace(an_inventory().event, is_cancelled=True)
    with pytest.raises(EventCancelled):
        must_admit(event, event, TOMORROW, None)
    must_be_for(event, event)


def test_a_ticket_for_another_event_is_refused_with_its_name_and_start() -> None:
    here, other = an_inventory().event, replace(an_inventory().event, name="Jazz")
    with pytest.raises(WrongEvent, match="another event: Jazz, Sat 21 November 2026"):
        must_admit(here, other, TOMORROW, None)
    with pytest.raises(WrongEvent):
        must_be_for(here, other)
