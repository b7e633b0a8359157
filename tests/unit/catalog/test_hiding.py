"""Who learns that an event was hidden though people have booked it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.catalog.hiding import is_newly_hidden, warning_about
from core.catalog.model import EventStatus
from core.shared.access import Principal, Role
from tests.support.builders import NOW, a_person, an_event

OTTO = a_person(Role.ORGANIZER)
BOOKED = an_event(organizer_id=OTTO.user_id, booked_count=2, waitlist_count=1, status=EventStatus.INACTIVE)


def test_an_event_is_newly_hidden_once_and_only_before_its_end() -> None:
    listed = replace(BOOKED, status=EventStatus.OPEN)
    assert is_newly_hidden(listed, BOOKED, NOW)
    assert not is_newly_hidden(BOOKED, BOOKED, NOW)
    assert not is_newly_hidden(BOOKED, listed, NOW)
    assert not is_newly_hidden(listed, BOOKED, BOOKED.end_time)


@pytest.mark.parametrize("viewer", [OTTO, a_person(Role.ADMIN)])
def test_those_who_manage_it_are_warned(viewer: Principal) -> None:
    assert "(places: 2, parties on the waitlist: 1)" in (warning_about(BOOKED, viewer, NOW) or "")
    assert warning_about(replace(BOOKED, booked_count=0), viewer, NOW)
    assert warning_about(replace(BOOKED, waitlist_count=0), viewer, NOW)


@pytest.mark.parametrize("viewer", [None, a_person(), a_person(Role.ORGANIZER), Principal(OTTO.user_id, Role.USER)])
def test_nobody_else_is_warned(viewer: Principal | None) -> None:
    assert warning_about(BOOKED, viewer, NOW) is None


def test_there_is_no_warning_about_an_event_that_is_listed_unbooked_or_over() -> None:
    assert warning_about(replace(BOOKED, status=EventStatus.CLOSED), OTTO, NOW) is None
    assert warning_about(replace(BOOKED, booked_count=0, waitlist_count=0), OTTO, NOW) is None
    assert warning_about(BOOKED, OTTO, BOOKED.end_time) is None
