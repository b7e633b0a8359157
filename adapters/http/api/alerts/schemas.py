"""What subscriptions look like in requests and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema
from marshmallow.types import ErrorMessages

from adapters.http.shared.fields import Amount, Id, Moment, ResponseSchema
from core.alerts.geography import MAX_RADIUS_KM, MIN_RADIUS_KM, Circle, Position
from core.alerts.model import Frequency, Subscription
from core.alerts.search import MAX_LENGTHS, SavedSearch
from core.shared.email import MAX_EMAIL

_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_POSITION = re.compile(rf"({_DEGREES}),({_DEGREES})")

_NEAR_MESSAGES: ErrorMessages = {"invalid": "Must be a latitude and a longitude, such as 52.52,13.405."}


class Near(fields.Field[Position]):
    """A position as `latitude,longitude`, in degrees."""

    default_error_messages = _NEAR_MESSAGES

    def __init__(self, **options: Any) -> None:
        shape = {"type": "string", "pattern": f"^{_POSITION.pattern}$", "example": "52.52,13.405"}
        super().__init__(metadata=shape, **options)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> Position:
        found = _POSITION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise self.make_error("invalid")
        return Position(float(found[1]), float(found[2]))

    def _serialize(self, value: Position | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)


def _text(field: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, MAX_LENGTHS[field]), **options)


class SearchIn(Schema):
    """What is looked for: one of these at least; every one that is given must hold."""

    q = _text("text", metadata={"description": "Words, each the beginning of a word of the event.", "example": "jazz"})
    category = _text("category", metadata={"description": "All of it, whatever case."})
    city = _text("city", metadata={"description": "A part of the city."})
    near = Near()
    radius_km = fields.Float(
        validate=validate.Range(MIN_RADIUS_KM, MAX_RADIUS_KM), metadata={"description": "Together with `near`."}
    )
    price_max = Amount(metadata={"description": "An event whose price is not known has none."})

    @validates_schema
    def agree(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("near" in data) != ("radius_km" in data):
            raise ValidationError("near and radius_km go together.", "near" if "radius_km" in data else "radius_km")

    @post_load
    def settle(self, data: dict[str, Any], **_: Any) -> SavedSearch:
        near = Circle(data["near"], data["radius_km"]) if "near" in data else None
        return SavedSearch(data.get("q"), data.get("category"), data.get("city"), near, data.get("price_max"))


class SubscribeIn(Schema):
    email = fields.String(
        validate=validate.Length(1, MAX_EMAIL),
        load_default=None,
        metadata={"description": "Where to; without it, to the address of one's account.", "example": "a@example.com"},
    )
    query = fields.Nested(SearchIn, required=True)
    frequency = fields.Enum(Frequency, by_value=True, required=True)
    timezone = fields.String(
        validate=validate.Length(1, 64),
        load_default="UTC",
        metadata={"description": "Whose mornings digests come on, as an IANA name.", "example": "Europe/Berlin"},
    )

    @post_load
    def settle(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["search"] = data.pop("query")
        return data


class TokenIn(Schema):
    token = fields.String(required=True, validate=validate.Length(1, 500))


class SearchOut(ResponseSchema):
    """What is looked for; null is anything."""

    q = fields.String(allow_none=True)
    category = fields.String(allow_none=True)
    city = fields.String(allow_none=True)
    near = Near(allow_none=True)
    radius_km = fields.Float(allow_none=True)
    price_max = Amount(allow_none=True)

    def flatten(self, search: SavedSearch) -> dict[str, Any]:
        return {
            "q": search.text,
            "category": search.category,
            "city": search.city,
            "near": search.near and search.near.centre,
            "radius_km": search.near and search.near.radius,
            "price_max": search.price_max,
        }


class SubscriptionOut(ResponseSchema):
    id = Id()
    email = fields.String(metadata={"format": "email"})
    query = fields.Nested(SearchOut)
    frequency = fields.Enum(Frequency, by_value=True)
    timezone = fields.String()
    created_at = Moment()
    confirmed_at = Moment()
    next_digest_at = Moment(allow_none=True)

    def flatten(self, subscription: Subscription) -> dict[str, Any]:
        shared = self.dump_fields.keys() - {"query"}
        return {name: getattr(subscription, name) for name in shared} | {"query": subscription.search}
