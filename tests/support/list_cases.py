"""Queries for every list of the API: each filter with common and with rare values, alone and in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from core.booking.model import BookingStatus
from core.catalog.search import SortKey
from core.jobs.model import JobStatus
from core.shared.access import Role
from core.shared.messages import MessageStatus
from tests.support.large_database import ADMIN, BUSY_USER, HOT_EVENT, ORGANIZER, QUIET_EVENT, Kind, made_id

Query = Mapping[str, str]


def _each(name: str, *values: object) -> list[Query]:
    return [{name: str(value)} for value in values]


def _pairs(first: list[Query], second: list[Query]) -> list[Query]:
    return [{**one, **other} for one, other in product(first, second)]


_STATUSES = _each("status", *BookingStatus)
_EVENTS = _each("event_id", HOT_EVENT, QUIET_EVENT)
_BUSY = _each("user_id", BUSY_USER)
_TEXTS = _each("q", "ada", "user77", "visitor1002@", "user77777@", "nobody")
_CHECKED_IN = _each("checked_in", "true", "false")
_OF_EVENT = [{}, *_STATUSES, *_TEXTS, *_CHECKED_IN, *_pairs(_STATUSES[1:4], _CHECKED_IN), *_pairs(_TEXTS, _CHECKED_IN)]
_EMAILS = _each("email", "visitor1002@example.com", "nobody@example.com")
_ROLES = _each("role", *Role)
_ACTIVE = _each("is_active", "true", "false")
_MESSAGES = _each("status", *MessageStatus)
_TOPICS = _each("topic", "booking.confirmed", "account.email-changed", "no.such")
_JOBS = _each("status", *JobStatus)
_TASKS = _each("task", "match-events", "scrape", "nothing")
_ACTIONS = _each("action", "login.failed", "user.role-changed")
_ACTORS = _each("actor_id", ADMIN, made_id(Kind.USER, 40_000))
_TARGETS = _each("target", BUSY_USER, made_id(Kind.USER, 5))
_COLUMNS = [key for key in SortKey if key not in (SortKey.RELEVANCE, SortKey.DISTANCE)]
_SORTS = _each("sort", *_COLUMNS, SortKey.RELEVANCE, *(f"-{key}" for key in _COLUMNS))
_WORDS = _each("q", "night", "jazz", "technp", "night jozz", "nothinglikeit")
_CATEGORIES = _each("category", "Music", "Unknown")
_CITIES = _each("city", "City 7", "Unknown")
_TAGS = _each("tag", "Tag 7", "Unknown")
# In Berlin and around it, where half of the events with a position are; and where one in a thousand is.
_NEAR: list[Query] = [
    {"near": near, "radius_km": radius} for near in ("52.5,13.4", "48.1,11.6") for radius in ("5", "50")
]
_SEARCH: list[Query] = [
    *({}, *_WORDS, *_CATEGORIES, *_CITIES, *_TAGS),
    *(one for one in _SORTS if one["sort"] != SortKey.RELEVANCE),
    *_pairs(_SORTS, [*_WORDS, *_CATEGORIES, *_CITIES, *_TAGS][:1]),
    *(*_pairs(_CATEGORIES, _CITIES), *_pairs(_CITIES, _each("sort", "price", "name")), *_pairs(_WORDS, _CITIES)),
    *_each("search", "jazz"),
    *_each("name", "night", "number 77", "unknown"),
    *_each("venue", "Hall 77", "Unknown"),
    *_each("area_id", made_id(Kind.AREA, 21), made_id(Kind.AREA, 9_999)),
    *_each("organizer_id", ORGANIZER, BUSY_USER),
    *(*_each("origin", "local", "web"), *_each("status", "open", "cancelled", "inactive")),
    *(*_each("price_min", "10", "1000"), *_each("price_max", "0", "10"), *_each("free", "true", "false")),
    *(*_each("bookable", "true", "false"), *_each("include_past", "true")),
    *(*_each("date", "2026-12-24", "2036-12-24"), *_each("starts_after", "2026-12-24", "2036-12-24")),
    *(*_NEAR, *_pairs(_NEAR, [{"sort": "distance"}, {"sort": "-distance"}, *_WORDS[:2], *_CATEGORIES, *_TAGS[:1]])),
    *(*_each("starts_before", "2026-12-24", "2016-12-24"), *_each("order_by", "asc", "desc"), *_each("page", "50")),
]
FACETS: list[Query] = [
    *({}, *_WORDS, *_CATEGORIES, *_CITIES, *_TAGS, *_NEAR, *_pairs(_CATEGORIES, _CITIES), *_pairs(_WORDS, _CITIES)),
    *(*_each("free", "true"), *_each("date", "2026-12-24"), *_pairs(_NEAR, _WORDS[:2])),
]
"""Searches whose events are counted by their values."""
BROWSED = [
    *("/", "/?q=night", "/?q=technp", "/?q=nothinglikeit", "/?q=jazz&city=City+7", "/?category=Music&page=9"),
    *("/?when=tonight", "/?when=week&city=City+7", "/?q=jazz&city=Unknown&category=Music&date=2026-12-24"),
    *("/in/City%207", "/c/Music", "/calendar/2026-11", "/calendar/2026-12?city=City+7", "/calendar/2026-12?q=jazz"),
    *("/near?city=City+7", "/near?city=City+7&radius_km=50&when=tonight", "/feeds/events.atom?q=jazz"),
    *("/feeds/events.ics", "/feeds/events.ics?category=Music&city=City+7"),
]
"""Pages and feeds that anybody browses."""
EVENT_SEARCHES: Mapping[str, list[Query]] = {"/api/events": _SEARCH, "/api/events/list": _SEARCH}

LISTS: Mapping[str, list[Query]] = {
    "/api/admin/bookings": [
        *({}, *_STATUSES, *_EVENTS, *_BUSY),
        *(*_pairs(_EVENTS, _STATUSES), *_pairs(_BUSY, _STATUSES), *_pairs(_BUSY, _EVENTS)),
    ],
    "/api/me/bookings": [
        *({}, *_STATUSES, *_EVENTS, {"upcoming": "true"}),
        *(*_pairs(_EVENTS, _STATUSES[:2]), *_pairs([{"upcoming": "true"}], _STATUSES)),
    ],
    "/api/events/{hot_event}/bookings": _OF_EVENT,
    "/api/events/{quiet_event}/bookings": _OF_EVENT,
    "/api/tickets/my-tickets": [{}],
    "/api/admin/visitors": [{}, *_EVENTS, *_EMAILS, *_pairs(_EVENTS, _EMAILS)],
    "/api/admin/users": [
        *({}, *_TEXTS, *_ROLES, *_ACTIVE),
        *(*_pairs(_TEXTS, _ROLES), *_pairs(_TEXTS, _ACTIVE), *_pairs(_ROLES, _ACTIVE)),
    ],
    "/api/admin/organizer-requests": [{}],
    "/api/admin/notifications": [{}, *_MESSAGES, *_TOPICS, *_pairs(_MESSAGES, _TOPICS)],
    "/api/me/notifications": [{}],
    "/api/admin/jobs": [{}, *_JOBS, *_TASKS, *_pairs(_JOBS, _TASKS)],
    "/api/admin/audit": [
        *({}, *_ACTIONS, *_ACTORS, *_TARGETS),
        *(*_pairs(_ACTIONS, _ACTORS), *_pairs(_ACTIONS, _TARGETS), *_pairs(_ACTORS, _TARGETS)),
    ],
    "/api/webhooks": [{}],
    "/api/webhooks/{webhook}/deliveries": [{}],
    "/api/me/subscriptions": [{}],
}
