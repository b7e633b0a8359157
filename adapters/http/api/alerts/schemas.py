"""Requests and responses about subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import EXCLUDE, fields, validate

from adapters.http.middleware.auth import maybe_principal
from adapters.http.shared.fields import Amount, Id, Moment, Near
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.alerts.model import Frequency, Subscription, SubscriptionId, check_fields
from core.alerts.search import MAX_LENGTHS, SavedSearch
from core.shared.email import MAX_EMAIL
from core.shared.errors import InvalidFields, check_together
from core.shared.geography import MAX_RADIUS_KM, MIN_RADIUS_KM, Circle, Position


def _text(field: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, MAX_LENGTHS[field]), **options)


class SearchIn(RequestSchema[SavedSearch]):
    """Filters for events: at least one; an event must match all that are sent."""

    q = _text(
        "text", metadata={"description": "Words; the event needs a word that begins with each.", "example": "jazz"}
    )
    category = _text("category", metadata={"description": "The whole category, in any case."})
    city = _text("city", metadata={"description": "A part of the city."})
    near = Near()
    radius_km = fields.Float(
        validate=validate.Range(MIN_RADIUS_KM, MAX_RADIUS_KM), metadata={"description": "Together with `near`."}
    )
    price_max = Amount(metadata={"description": "Events of unknown price don't match."})

    stand_ins: ClassVar = {
        "q": "jazz",
        "category": "jazz",
        "city": "Berlin",
        "near": Position(0, 0),
        "radius_km": MIN_RADIUS_KM,
    }

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        if ("near" in data) != ("radius_km" in data):
            missing = "near" if "radius_km" in data else "radius_km"
            raise InvalidFields({f"query.{missing}": ["Send near and radius_km together."]})

    def build(self, data: dict[str, Any]) -> SavedSearch:
        near = Circle(data["near"], data["radius_km"]) if {"near", "radius_km"} <= data.keys() else None
        return SavedSearch(data.get("q"), data.get("category"), data.get("city"), near, data.get("price_max"))


@dataclass(frozen=True, slots=True)
class SubscribeBody:
    email: str | None
    query: SavedSearch
    frequency: Frequency
    timezone: str


class SubscribeIn(RequestSchema[SubscribeBody]):
    email = fields.String(
        validate=validate.Length(1, MAX_EMAIL),
        load_default=None,
        metadata={
            "description": "The address to notify; by default that of your account.",
            "example": "a@example.com",
        },
    )
    query = fields.Nested(SearchIn, required=True)
    frequency = fields.Enum(Frequency, by_value=True, required=True)
    timezone = fields.String(
        validate=validate.Length(1, 64),
        load_default="UTC",
        metadata={
            "description": "The time zone of the mornings on which digests arrive, as an IANA name.",
            "example": "Europe/Berlin",
        },
    )

    stand_ins: ClassVar = {"email": "ada@example.com"}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        email = data.get("email")
        if email is None and maybe_principal(request):
            email = self.stand_ins["email"]
        checks: list[Callable[[], None]] = [partial(check_fields, email, data.get("timezone", "UTC"))]
        if "query" in data:
            checks += [partial(SearchIn().check, data["query"], request), SearchIn().build(data["query"]).check]
        check_together(*checks)

    def build(self, data: dict[str, Any]) -> SubscribeBody:
        return super().build(data | {"query": SearchIn().build(data["query"])})


@dataclass(frozen=True, slots=True)
class LinkToken:
    token: str


class TokenIn(RequestSchema[LinkToken]):
    token = fields.String(required=True, validate=validate.Length(1, 500))


class OneClickQuery(TokenIn):
    """The query of an unsubscribe link. What email programs and link trackers add to it is ignored."""

    class Meta:
        unknown = EXCLUDE


@dataclass(frozen=True, slots=True)
class SubscriptionRef:
    subscription_id: SubscriptionId


class SubscriptionPath(RequestSchema[SubscriptionRef]):
    subscription_id = Id(required=True)


class SearchOut(ResponseSchema):
    """Filters for events; null matches every event."""

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
