"""The form of an event: what it shows of one, and what it says in types of the model.

Times are what the clocks of the event's place show. A field that was not touched is not sent on, so that it keeps a
value that the form can't express exactly, such as seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

from adapters.http.api.catalog.schemas import EventIn
from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.fields import YEARS
from adapters.http.shared.forms import Form
from core.catalog.model import MAX_CAPACITY, Event, EventFields
from core.shared.errors import InvalidFields
from core.shared.timezones import NO_TIME_ZONE, TIME_ZONES, zone_of

LABELS: Mapping[str, str] = {
    "name": "Name",
    "description": "Description",
    "category": "Category",
    "tags": "Tags",
    "start_time": "Start",
    "end_time": "End",
    "registration_deadline": "Booking ends",
    "timezone": "Time zone",
    "venue": "Venue",
    "area_id": "Area",
    "city": "City",
    "country": "Country",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "capacity": "Places",
    "price": "Price",
    "currency": "Currency",
}
"""The fields of the form, in their order, with what the page calls them."""

_REQUIRED = ("name", "start_time", "timezone")
_TIMES = ("start_time", "end_time", "registration_deadline")
_BEFORE = "was."
"""With this before its name, a hidden field has the value that the field had when the form was made."""
_LOCAL_TIME = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class EventForm:
    """The texts of the fields, and those that the event had when the form was made (none for a new event)."""

    texts: Mapping[str, str]
    before: Mapping[str, str]

    @staticmethod
    def sent(form: Form, *, is_new: bool = False) -> EventForm:
        """Return what was sent. Where `keep.<field>` is "theirs", the value of the others is taken over."""
        before = {} if is_new else {name: _read(form, f"{_BEFORE}{name}") for name in LABELS}
        texts = {name: _read(form, name) for name in LABELS}
        theirs = {name: text for name, text in before.items() if form.text(f"keep.{name}") == "theirs"}
        return EventForm({**texts, **theirs}, before)

    @staticmethod
    def of(event: Event) -> EventForm:
        """Return the form of an event as it is."""
        texts = texts_of(event)
        return EventForm(texts, texts)

    def as_form(self) -> Form:
        """Return the fields as a page shows them."""
        return Form.of({**self.texts, **{f"{_BEFORE}{name}": text for name, text in self.before.items()}})

    @property
    def touched(self) -> frozenset[str]:
        """The fields that differ from what they were. Another time zone is another moment for all times."""
        touched = {name for name, text in self.texts.items() if text != self.before.get(name, "")}
        return frozenset(touched | set(_TIMES) if "timezone" in touched else touched)

    def read(self, current: Event | None = None) -> tuple[EventFields, Errors]:
        """Return the touched fields in types of the model, without those that can't be read, and why not.

        With one time of the `current` event its other times are sent, too: what the form shows is what is saved, while
        a new start alone would shift them.
        """
        values: dict[str, Any] = {}
        errors: Errors = {name: ["Is required."] for name in _REQUIRED if not self.texts[name]}
        errors |= find_forbidden_characters({name: self.texts[name] for name in self.touched}, EventIn())
        if current is not None and not self.touched.isdisjoint(_TIMES):
            values |= {name: getattr(current, name) for name in _TIMES}
        for name in sorted(self.touched - errors.keys()):
            try:
                values[name] = self._parse(name)
            except InvalidFields as refusal:
                errors |= refusal.errors
                values.pop(name, None)
        return cast(EventFields, values), errors

    def _parse(self, name: str) -> Any:
        text = self.texts[name]
        if not text:
            return None
        if name in _TIMES:
            return parse_local_time(name, text, self.texts["timezone"])
        parse = _PARSERS.get(name)
        return parse(text) if parse else text


def texts_of(event: Event) -> dict[str, str]:
    """Return what the form shows of an event."""
    shown: dict[str, Any] = {name: getattr(event, name) for name in LABELS}
    shown |= {name: show_local_time(shown[name], event.timezone) for name in _TIMES}
    shown["tags"] = ", ".join(event.tags)
    return {name: "" if value is None else str(value).replace("\r\n", "\n") for name, value in shown.items()}


def show_local_time(moment: datetime, timezone: str) -> str:
    """Return a moment as the clocks there show it, to the minute: `2026-11-21T19:00`."""
    return moment.astimezone(zone_of(timezone)).strftime(_LOCAL_TIME)


def parse_local_time(name: str, text: str, timezone: str) -> datetime:
    """Return the moment when the clocks there show this. If they do twice, since they go back, it is the first one.

    Raises InvalidFields, also for a time that they skip.
    """
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise InvalidFields({name: ["Must be a day and a time, such as 2026-11-21 19:00."]}) from None
    if local.year not in YEARS:
        raise InvalidFields({name: ["This is too far away."]})
    if timezone not in TIME_ZONES:
        return local.replace(tzinfo=UTC)  # the time zone gets the error
    moment = local.replace(tzinfo=zone_of(timezone))
    if moment.astimezone(UTC).astimezone(zone_of(timezone)).replace(tzinfo=None) != local:
        raise InvalidFields({name: [f"Clocks in {timezone} go forward then and skip this time. Choose another one."]})
    return moment.astimezone(UTC)


def _read(form: Form, name: str) -> str:
    # Browsers send line ends as CR LF.
    return form.text(name).replace("\r\n", "\n")


def _parse_capacity(text: str) -> int:
    digits = text.replace(" ", "").replace(",", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_CAPACITY))
    if not (is_number and 1 <= int(digits) <= MAX_CAPACITY):
        message = f"Must be a whole number from 1 to {MAX_CAPACITY:,}, or empty for no limit."
        raise InvalidFields({"capacity": [message]})
    return int(digits)


def _parse_price(text: str) -> Decimal:
    point = text.replace(" ", "").replace(",", ".", 1) if "." not in text else text.replace(",", "")
    try:
        return Decimal(point)
    except InvalidOperation:
        raise InvalidFields({"price": ["Must be an amount, such as 14.50, or 0 for a free event."]}) from None


def _parse_degrees(name: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            return float(text.replace(",", "."))
        except ValueError:
            raise InvalidFields({name: ["Must be degrees, such as 52.52."]}) from None

    return parse


def _parse_area(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidFields({"area_id": ["Choose one of the areas."]}) from None


def _parse_zone(text: str) -> str:
    if text not in TIME_ZONES:
        raise InvalidFields({"timezone": [NO_TIME_ZONE]})
    return text


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "tags": lambda text: tuple(tag for each in text.split(",") if (tag := each.strip())),
    "area_id": _parse_area,
    "capacity": _parse_capacity,
    "currency": str.upper,
    "latitude": _parse_degrees("latitude"),
    "longitude": _parse_degrees("longitude"),
    "price": _parse_price,
    "timezone": _parse_zone,
}
