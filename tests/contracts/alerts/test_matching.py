"""Every store finds the searches that match an event, compared with a simple second implementation."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts.model import Subscription
from core.alerts.search import EventDetails, SavedSearch
from core.shared.geography import EARTH_RADIUS_KM, Circle, Position
from tests.support.alerts_app import a_subscription, event_details
from tests.support.stores import Store

WORDS = ("jazz", "Jäzz", "JAZZBAND", "ja", "j", "été", "ETE", "Zürich", "zurich", "ü", "rock'n'roll", "100%", "a_b")
STRANGE = ("%", "_", "\\", "'", '"', "{a}", "* 1 2 3", "word jazz", "city ja")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
odd = st.one_of(texts, st.sampled_from(STRANGE), st.text("aäAß%_ \\.", max_size=5))
places = st.sampled_from([0.0, 0.02, 0.3, 3.0, -3.0, 89.5, -89.5]).flatmap(
    lambda latitude: st.sampled_from([0.0, 0.02, 0.3, 3.0, 90.0, 179.9, -179.9]).map(
        lambda longitude: Position(latitude, longitude)
    )
)
prices = st.sampled_from([Decimal(0), Decimal("9.99"), Decimal("10.00"), Decimal("10.01")])

searches = st.builds(
    SavedSearch,
    text=st.none() | odd,
    category=st.none() | odd,
    city=st.none() | odd,
    near=st.none() | st.builds(Circle, places, st.sampled_from([1.0, 2.5, 40.0, 340.0, 500.0])),
    price_max=st.none() | prices,
).filter(lambda search: search != SavedSearch() and not list(search._errors()))

event_strategy = st.builds(
    event_details,
    name=texts,
    description=odd,
    category=st.none() | odd,
    tags=st.lists(odd, max_size=2).map(tuple),
    venue=st.none() | odd,
    city=st.none() | odd,
    position=st.none() | places,
    price=st.none() | prices,
)


def simple(text: str) -> str:
    characters = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(character for character in characters if not unicodedata.combining(character))


def answers(event: EventDetails, search: SavedSearch) -> bool:
    """Match a search in the simplest way."""
    texts_of_event = (event.name, event.description, event.category, event.venue, event.city, *event.tags)
    words = re.split(r"[\W_]+", simple(" ".join(part or "" for part in texts_of_event)))
    if search.text is not None:
        for prefix in re.split(r"[\W_]+", simple(search.text)):
            if not any(word.startswith(prefix) for word in words):
                return False
    if search.category is not None and (event.category or "").strip().lower() != search.category.strip().lower():
        return False
    if search.city is not None and simple(search.city.strip()) not in simple(event.city or ""):
        return False
    if search.price_max is not None and (event.price is None or event.price > search.price_max):
        return False
    if search.near is None:
        return True
    return (
        event.position is not None and angle(search.near.centre, event.position) <= search.near.radius / EARTH_RADIUS_KM
    )


def angle(one: Position, other: Position) -> float:
    """Return the angle between two positions, seen from the centre of the Earth."""
    a, b = (
        (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        for lat, lon in ((math.radians(each.latitude), math.radians(each.longitude)) for each in (one, other))
    )
    return math.atan2(math.hypot(*cross(a, b)), sum(x * y for x, y in zip(a, b, strict=True)))


def cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(searches, min_size=1, max_size=12), events=st.lists(event_strategy, min_size=1, max_size=4))
async def test_the_stores_find_exactly_the_matching_subscriptions(
    store: Store, wanted: list[SavedSearch], events: list[EventDetails]
) -> None:
    kept = [a_subscription(search, email=f"{n}@example.com") for n, search in enumerate(wanted)]
    async with store.alerts() as uow:  # never committed, so that each example starts with an empty store
        await uow.subscriptions.put(kept)
        for event in events:
            found = await uow.subscriptions.find_matching(event)
            assert by_id(found) == by_id([each for each in kept if answers(event, each.search)])


def by_id(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    return sorted(subscriptions, key=lambda each: each.id)


async def test_unconfirmed_subscriptions_are_not_found(store: Store) -> None:
    async with store.alerts() as uow:
        confirmed, unconfirmed = a_subscription(), a_subscription(email="bob@example.com")
        unconfirmed = replace(unconfirmed, confirmed_at=None, confirm_hash="x")
        await uow.subscriptions.put([confirmed, unconfirmed])
        assert await uow.subscriptions.find_matching(event_details()) == [confirmed]
