"""Checking what a request shows by itself: without its event or area, and even if some of its fields are invalid.

Fields that are missing get valid values here, and what would be compared with a missing field is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from core.catalog.areas import Area, validate_area
from core.catalog.model import Event, EventFields, EventStatus, change_event, create_event, must_not_cancel
from core.shared.access import Principal, Role
from core.shared.errors import check_together
from core.shared.ids import AreaId, EventId, UserId

_NO_ID = UUID(int=0)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_PAIRS = ({"latitude", "longitude"}, {"price", "currency"})
"""Fields that are valid or not only together."""


def check_new_event(wanted: EventFields, now: datetime) -> None:
    """Check the fields of a new event as far as they are there. Raises InvalidFields."""
    check_together(lambda: must_not_cancel(wanted), lambda: _create_event(_comparable(wanted), now))


def check_event_change(wanted: EventFields) -> None:
    """Check a change as far as that is possible without the event. Raises InvalidFields."""
    fields = cast(EventFields, _without_halves(_comparable(wanted)))
    event = _create_event({}, _LONG_AGO)
    check_together(lambda: must_not_cancel(wanted), lambda: change_event(event, fields, _LONG_AGO))


def check_new_area(wanted: Mapping[str, Any]) -> None:
    """Check the fields of a new area as far as they are there. Raises InvalidFields."""
    fields = {"name": "Name", **wanted}
    validate_area(Area(id=AreaId(_NO_ID), created_at=_LONG_AGO, **fields))


def check_area_change(wanted: Mapping[str, Any]) -> None:
    """Check a change as far as that is possible without the area. Raises InvalidFields."""
    check_new_area(_without_halves(wanted))


def _create_event(wanted: Mapping[str, object], now: datetime) -> Event:
    fields = {"name": "Name", "start_time": now + timedelta(days=1), **wanted}
    creator = Principal(UserId(_NO_ID), Role.ORGANIZER)
    return create_event(EventId(_NO_ID), by=creator, now=now, wanted=cast(EventFields, fields))


def _comparable(wanted: EventFields) -> dict[str, object]:
    """Return the wanted fields without a status that is refused anyway, and without times that depend on a start that
    is not there.
    """
    left_out = set() if wanted.get("start_time") else {"end_time", "registration_deadline"}
    if wanted.get("status") is EventStatus.CANCELLED:
        left_out.add("status")
    return {name: value for name, value in wanted.items() if name not in left_out}


def _without_halves(wanted: Mapping[str, object]) -> dict[str, object]:
    """Return the wanted fields without those that have to be compared with a stored one."""
    halves = {name for pair in _PAIRS for name in pair if not wanted.keys() >= pair}
    return {name: value for name, value in wanted.items() if name not in halves}
