"""The marshmallow fields that all slices use: times, amounts, ids, flags and long texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import fields
from marshmallow.types import ErrorMessages

from core.shared.geography import Position
from core.shared.money import MAX_DECIMALS

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_AMOUNT = re.compile(rf"\d{{1,12}}(\.\d{{1,{MAX_DECIMALS}}})?", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_POSITION = re.compile(rf"({_DEGREES}),({_DEGREES})")
YEARS = range(1900, 3000)
"""The years of which times are taken: what is calculated from them stays within the range of datetime."""

_MOMENT_MESSAGES: ErrorMessages = {
    "invalid": "Must be an RFC 3339 time with its offset, such as 2030-05-01T19:00:00Z.",
    "naive": "Must end in an offset, such as Z or +02:00 (%2B02:00 in an address).",
    "year": f"Must be in a year from {YEARS[0]} to {YEARS[-1]}.",
}


class Moment(fields.Field[datetime]):
    """A time in RFC 3339. It needs an offset in requests; responses always use `Z`.

    Implausible years are refused, so that later calculations stay within the range of datetime.
    """

    default_error_messages = _MOMENT_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        shape = {"type": "string", "format": "date-time", "example": "2030-05-01T19:00:00Z"}
        super().__init__(metadata={**shape, **(metadata or {})}, **options)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value  # `to_json` writes it, faster than Python could
        if value.tzinfo is None:
            raise ValueError(f"{self.name} has no time zone: {value}")
        return value.astimezone(UTC)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> datetime:
        text = value.upper() if isinstance(value, str) else ""
        if _MOMENT.fullmatch(f"{text}Z"):
            raise self.make_error("naive")
        try:
            moment = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        except ValueError:  # the format is right, but there is no 30th of February
            moment = None
        if moment is None:
            raise self.make_error("invalid")
        if moment.year not in YEARS:
            raise self.make_error("year")
        return moment.astimezone(UTC)


_DAY_MESSAGES: ErrorMessages = {
    "invalid": "Must be a day such as 2030-05-01.",
    "year": _MOMENT_MESSAGES["year"],
}


class Day(fields.Field[date]):
    """A day of the calendar, without a time zone (`full-date` of RFC 3339)."""

    default_error_messages = _DAY_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        shape = {"type": "string", "format": "date", "example": "2030-05-01"}
        super().__init__(metadata={**shape, **(metadata or {})}, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> date:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
        except ValueError:  # there is no 30th of February
            day = None
        if day is None:
            raise self.make_error("invalid")
        if day.year not in YEARS:
            raise self.make_error("year")
        return day


class DayOrMoment(fields.Field[date]):
    """A day, which loads a date, or a time in RFC 3339, which loads a datetime."""

    _DAY = Day()
    _MOMENT = Moment(
        error_messages={"invalid": "Must be a day such as 2030-05-01, or a time such as 2030-05-01T19:00:00Z."}
    )

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        forms = [{"type": "string", "format": form} for form in ("date", "date-time")]
        super().__init__(metadata={"anyOf": forms, "example": "2030-05-01", **(metadata or {})}, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> date:
        is_day = isinstance(value, str) and _DAY.fullmatch(value)
        return (self._DAY if is_day else self._MOMENT).deserialize(value)


class Prose(fields.String):
    """A text that may have several lines. Every other text in a request is a single line, unless it was scanned."""


class Scanned(fields.String):
    """What a scanner sends: it may add any control characters, such as a line end or a tab."""


_AMOUNT_MESSAGES: ErrorMessages = {"invalid": "Must be an amount such as 12.50: not negative, three decimals at most."}


class Amount(fields.Field[Decimal]):
    """An amount of money in major units: a decimal string in responses; requests may send a number too.

    How many decimals it may have depends on its currency, which the model knows.
    """

    default_error_messages = _AMOUNT_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        shape = {"type": "string", "format": "decimal", "pattern": f"^{_AMOUNT.pattern}$", "example": "12.50"}
        super().__init__(metadata={**shape, **(metadata or {})}, **options)

    def _serialize(self, value: Decimal | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else format(value, "f")

    def _deserialize(self, value: object, *_: Any, **__: Any) -> Decimal:
        # str() of a float is the shortest text that reads back as the same float: what was typed. A bool has no digits.
        text = str(value) if isinstance(value, str | int | float) else ""
        if not _AMOUNT.fullmatch(text):
            raise self.make_error("invalid")
        return Decimal(text)


class Flag(fields.Boolean):
    """True or false in JSON, and none of the other values that marshmallow accepts for them."""

    def _deserialize(self, value: object, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


_ID_MESSAGES: ErrorMessages = {"invalid": "Not a valid UUID."}


class Id(fields.Field[UUID]):
    """A UUID in its usual form, with hyphens: the only form that responses use."""

    default_error_messages = _ID_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "uuid", **(metadata or {})}, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> UUID:
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise self.make_error("invalid")
        return UUID(value)

    def _serialize(self, value: UUID | str | None, *_: Any, **__: Any) -> UUID | str | None:
        return value  # `to_json` writes it


_NEAR_MESSAGES: ErrorMessages = {"invalid": "Must be a latitude and a longitude, such as 52.52,13.405."}


def read_position(text: str) -> Position | None:
    """Return the position that a text such as `52.52,13.405` says; None if it is none, wherever on Earth."""
    found = _POSITION.fullmatch(text)
    return Position(float(found[1]), float(found[2])) if found else None


class Near(fields.Field[Position]):
    """A position as `latitude,longitude`, in degrees."""

    default_error_messages = _NEAR_MESSAGES

    def __init__(self, **options: Any) -> None:
        shape = {"type": "string", "pattern": f"^{_POSITION.pattern}$", "example": "52.52,13.405"}
        super().__init__(metadata=shape, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> Position:
        position = read_position(value) if isinstance(value, str) else None
        if position is None:
            raise self.make_error("invalid")
        return position

    def _serialize(self, value: Position | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)
