"""A subscription as a row, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from adapters.postgres.alerts.tables import subscriptions
from core.alerts.model import Subscription
from core.alerts.search import Circle, Position, SavedSearch

_SHARED = (
    "id",
    "email",
    "user_id",
    "frequency",
    "timezone",
    "key",
    "created_at",
    "asked_at",
    "confirm_hash",
    "confirmed_at",
    "next_digest_at",
)
_OF_SEARCH = ("text", "category", "city", "price_max")
READ = [subscriptions.c[name] for name in (*_SHARED, *_OF_SEARCH, "latitude", "longitude", "radius_km")]
"""What `read` needs of a row."""


def written(subscription: Subscription) -> dict[str, Any]:
    search = subscription.search
    near = search.near
    return {
        **{name: getattr(subscription, name) for name in _SHARED},
        **{name: getattr(search, name) for name in _OF_SEARCH},
        "latitude": near and near.centre.latitude,
        "longitude": near and near.centre.longitude,
        "radius_km": near and near.radius,
        "search_key": search.key,
        "term": search.term,
        "lower_category": search.lower_category,
        "folded_city": search.folded_city,
    }


def read(row: Row[Any]) -> Subscription:
    near = None if row.radius_km is None else Circle(Position(row.latitude, row.longitude), row.radius_km)
    search = SavedSearch(**{name: getattr(row, name) for name in _OF_SEARCH}, near=near)
    return Subscription(**{name: getattr(row, name) for name in _SHARED}, search=search)
