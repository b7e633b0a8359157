"""Generated saved searches and events, whose words and cities are as unevenly common as real ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from core.alerts.model import Frequency, Subscription, SubscriptionId
from core.alerts.search import SavedSearch
from core.catalog.model import Event, EventStatus, Origin
from core.shared.geography import Circle, Position
from core.shared.ids import EventId, IdGenerator
from core.shared.money import DEFAULT_CURRENCY, round_amount

SYLLABLES = ("ba", "lo", "mir", "ten", "ka", "sul", "ve", "ron", "di", "pha", "gos", "nu", "lem", "tri", "zo", "war")
CATEGORIES = ("music", "theatre", "comedy", "film", "talks", "sport", "food", "kids", "art", "dance")


T = TypeVar("T")


class People:
    """Generates the same searches and events each time."""

    def __init__(self) -> None:
        self._chance = Random(7)  # noqa: S311 - reproducible on purpose
        self._words = self._names(200_000)
        self._cities = [
            (name, Position(self._chance.uniform(-60, 60), self._chance.uniform(-180, 180)))
            for name in self._names(1000)
        ]

    def subscriptions(self, count: int, ids: IdGenerator, now: datetime) -> Iterator[Subscription]:
        for number in range(count):
            yield Subscription(
                id=SubscriptionId(ids.new()),
                email=f"reader{number}@example.com",
                user_id=None,
                search=self._search(),
                frequency=Frequency.INSTANT,
                timezone="UTC",
                key=f"key{number}",
                created_at=now,
            ).confirm(now)

    def events(self, count: int, ids: IdGenerator, now: datetime, length: int = 600) -> Iterator[Event]:
        for _ in range(count):
            city, position = self._city()
            start = now + timedelta(days=self._chance.randrange(1, 90))
            description = ""
            while len(description) < length:
                description += f"{self._word()} "
            yield Event(
                id=EventId(ids.new()),
                name=" ".join(self._word() for _ in range(4)),
                description=description[:length],
                category=self._chance.choice(CATEGORIES),
                venue=f"{self._word()} hall",
                city=city,
                latitude=position.latitude,
                longitude=position.longitude,
                start_time=start,
                end_time=start + timedelta(hours=2),
                timezone="UTC",
                registration_deadline=start,
                status=EventStatus.OPEN,
                origin=Origin.LOCAL,
                created_at=now,
                updated_at=now,
                price=round_amount(Decimal(self._chance.randrange(0, 80)), DEFAULT_CURRENCY),
            )

    def _search(self) -> SavedSearch:
        """Most searches have words, which are rarer than those in events. Many are for a city or its surroundings."""
        if self._chance.random() < 0.1:
            city, _ = self._chance.choice(self._cities)
            return SavedSearch(city=city, category=self._chance.choice(CATEGORIES))
        city, position = self._city()
        words = self._chance.choices(self._words, k=self._chance.choice((1, 1, 2)))
        asked: dict[str, Any] = {"text": " ".join(words)}
        place = self._chance.random()
        if place < 0.4:
            asked["city"] = city
        elif place < 0.7:
            asked["near"] = Circle(position, self._chance.choice((5, 10, 25, 50, 100)))
        if self._chance.random() < 0.2:
            asked["price_max"] = Decimal(self._chance.choice((10, 20, 50)))
        return SavedSearch(**asked)

    def _word(self) -> str:
        return _choose_by_rank(self._words, self._chance)

    def _city(self) -> tuple[str, Position]:
        return _choose_by_rank(self._cities, self._chance)

    def _names(self, count: int) -> list[str]:
        names: dict[str, None] = {}
        while len(names) < count:
            names["".join(self._chance.choices(SYLLABLES, k=self._chance.randrange(2, 6)))] = None
        return list(names)


def _choose_by_rank(things: list[T], chance: Random) -> T:
    """Choose an item, the first ones far more often than the last (Zipf)."""
    return things[min(int(len(things) ** chance.random()) - 1, len(things) - 1)]
