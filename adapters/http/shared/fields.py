"""What the schemas of all slices share: fields, pages, problems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

from marshmallow import INCLUDE, Schema, fields, validate
from marshmallow.types import ErrorMessages

from core.shared.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest

MAX_OFFSET = 1_000_000

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_YEARS = range(1900, 3000)


_MOMENT_MESSAGES: ErrorMessages = {
    "invalid": "Must be an RFC 3339 time with its offset, such as 2030-05-01T19:00:00Z.",
    "naive": "Must end in an offset, such as Z or +02:00 (%2B02:00 in an address).",
    "year": f"Must be in a year from {_YEARS[0]} to {_YEARS[-1]}.",
}


class Moment(fields.Field[datetime]):
    """A moment as RFC 3339 writes it: an offset is a must on the way in (C2), on the way out it is always `Z`.

    A year that is no year of an event is refused, so that nobody downstream computes past the end of the calendar.
    """

    default_error_messages = _MOMENT_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        shape = {"type": "string", "format": "date-time", "example": "2030-05-01T19:00:00Z"}
        super().__init__(metadata={**shape, **(metadata or {})}, **options)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value  # for `to_json`, which writes it faster than Python could
        if value.tzinfo is None:
            raise ValueError(f"{self.name} has no time zone: {value}")
        return value.astimezone(UTC)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> datetime:
        text = value.upper() if isinstance(value, str) else ""
        if _MOMENT.fullmatch(f"{text}Z"):
            raise self.make_error("naive")
        try:
            moment = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        except ValueError:  # it looks like one, but there is no 30th of February
            moment = None
        if moment is None:
            raise self.make_error("invalid")
        if moment.year not in _YEARS:
            raise self.make_error("year")
        return moment.astimezone(UTC)


class Prose(fields.String):
    """A text of several lines. Every other text that is sent is one line."""


_AMOUNT_MESSAGES: ErrorMessages = {"invalid": "Must be an amount such as 12.50: not negative, two decimals at most."}


class Amount(fields.Field[Decimal]):
    """An amount of money in major units: a decimal string on the way out; on the way in a number will do too (C3)."""

    default_error_messages = _AMOUNT_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        shape = {"type": "string", "format": "decimal", "pattern": f"^{_AMOUNT.pattern}$", "example": "12.50"}
        super().__init__(metadata={**shape, **(metadata or {})}, **options)

    def _serialize(self, value: Decimal | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else format(value, "f")

    def _deserialize(self, value: object, *_: Any, **__: Any) -> Decimal:
        # A float's str() is the shortest that reads back as it: what was typed. That of a bool has no digits.
        text = str(value) if isinstance(value, str | int | float) else ""
        if not _AMOUNT.fullmatch(text):
            raise self.make_error("invalid")
        return Decimal(text)


class Flag(fields.Boolean):
    """True or false in JSON, and nothing else that Python takes for them."""

    def _deserialize(self, value: object, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


_ID_MESSAGES: ErrorMessages = {"invalid": "Not a valid UUID."}


class Id(fields.Field[UUID]):
    """An id, in the one form we write ourselves."""

    default_error_messages = _ID_MESSAGES

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "uuid", **(metadata or {})}, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> UUID:
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise self.make_error("invalid")
        return UUID(value)

    def _serialize(self, value: UUID | str | None, *_: Any, **__: Any) -> UUID | str | None:
        return value  # for `to_json`


class ResponseSchema(Schema):
    """A part of an answer: what is shown of a thing, by the names of its fields."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        ways = (
            (name, None if _is_shown_as_it_is(field) else field._serialize) for name, field in self.dump_fields.items()
        )
        self._ways = tuple(ways)

    def flatten(self, thing: Any) -> Any:
        """A mapping with a key, or an object with an attribute, for every field."""
        return thing

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # Without hooks, defaults and dotted paths, which answers don't use, marshmallow's fields are written in a third
        # of the time, and it is the greater part of what a long list takes. What is missing is an error here.
        if many:
            return [self.dump(each) for each in obj]
        flat = self.flatten(obj)
        value_of = flat.__getitem__ if isinstance(flat, dict) else partial(getattr, flat)
        return {
            name: value_of(name) if serialize is None else serialize(value_of(name), name, flat)
            for name, serialize in self._ways
        }


def _is_shown_as_it_is(field: fields.Field[Any]) -> bool:
    """Whether a field's value is one that `to_json` writes as the field would have it."""
    return type(field) in (Id, fields.String) or (isinstance(field, fields.Enum) and field.by_value is True)


class PageQuery(Schema):
    """Which part of a list. Extend it with the list's own filters."""

    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(1, MAX_LIMIT))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, MAX_OFFSET))
    cursor = fields.String(
        validate=validate.Length(1, 500),
        metadata={"description": "`next_cursor` of the page before: the next page, whatever was added meanwhile."},
    )


def page_request(query: Mapping[str, Any]) -> PageRequest:
    """The page a PageQuery asks for."""
    return PageRequest(query["limit"], query["offset"], query.get("cursor"))


@cache
def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a page of these items, for the document: `EventOut` gives `EventPage`."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item)),
            "total": fields.Integer(metadata={"description": "Exact up to 10000."}),
            "total_capped": fields.Boolean(metadata={"description": "True when there are more than `total`."}),
            "limit": fields.Integer(),
            "offset": fields.Integer(),
            "next_cursor": fields.String(allow_none=True),
        },
        name=item.__name__.removesuffix("Out") + "Page",
    )


class ProblemOut(Schema):
    """A problem (RFC 9457). Some carry more members: what a program needs to act on them."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True, metadata={"format": "uri-reference", "example": "/problems/sold-out"})
    title = fields.String(required=True, metadata={"example": "Sold out"})
    status = fields.Integer(required=True, metadata={"example": 409})
    detail = fields.String(required=True, metadata={"description": "What is the matter this time, for a person."})
    instance = fields.String(required=True, metadata={"format": "uri-reference"})
    code = fields.String(required=True, metadata={"description": "Stable, for a program.", "example": "sold-out"})
    request_id = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with each field, by its dotted path."},
    )
