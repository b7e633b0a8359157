"""Conversion between subscriptions and rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from adapters.postgres.alerts.tables import subscriptions
from core.alerts.model import Subscription
from core.alerts.search import SavedSearch
from core.shared.geography import Circle, Position

_SAME_NAME = (
    "id",
    "email",
    "user_id",
    "frequency",
    "timezone",
    "key",
    "created_at",
    "confirmation_sent_at",
    "confirm_hash",
    "confirmed_at",
    "next_digest_at",
)
_SEARCH = ("text", "category", "city", "price_max")
COLUMNS = [subscriptions.c[name] for name in (*_SAME_NAME, *_SEARCH, "latitude", "longitude", "radius_km")]
"""The columns that `read_subscription` needs."""


def subscription_row(subscription: Subscription) -> dict[str, Any]:
    search = subscription.search
    near = search.near
    return {
        **{name: getattr(subscription, name) for name in _SAME_NAME},
        **{name: getattr(search, name) for name in _SEARCH},
        "latitude": near and near.centre.latitude,
        "longitude": near and near.centre.longitude,
        "radius_km": near and near.radius,
        "search_key": search.key,
        "term": search.lookup_term,
        "category_key": search.category_key,
        "folded_city": search.folded_city,
    }


def read_subscription(row: Row[Any]) -> Subscription:
    near = None if row.radius_km is None else Circle(Position(row.latitude, row.longitude), row.radius_km)
    search = SavedSearch(**{name: getattr(row, name) for name in _SEARCH}, near=near)
    values = {name: getattr(row, name) for name in _SAME_NAME}
    return Subscription(**values, search=search)
