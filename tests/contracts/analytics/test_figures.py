"""Figures are what a plain recount of everything stored gives, at any moment, on every store (H1)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.payments.simulated import APPROVE, DECLINE, TIMEOUT
from adapters.postgres.shared.engine import create_engine
from core.booking.model import BookingStatus
from core.catalog.model import EventStatus, Origin
from core.shared.access import Principal, Role
from core.shared.errors import Refusal
from core.shared.ids import EventId
from tests.support.box_office import ADMIN, BoxOffice, box_office
from tests.support.builders import NOW, a_user, an_event
from tests.support.database import empty
from tests.support.stores import Store, memory_store, postgres_store, stored

Step = tuple[str, int, int]
OPENING: list[Step] = [("book", number, number) for number in range(6)]
STEPS = ["book", "book", "book", "pay", "pay", "cancel", "cancel", "wait", "work", "check in", "edit"]
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.integers(0, 11)), min_size=10, max_size=25)
WAITS = [timedelta(minutes=11), timedelta(minutes=11), timedelta(hours=13), timedelta(days=3)]


class Platform:
    """Several events of two organizers, in three currencies, and what random steps do with them."""

    def __init__(self, store: Store, office: BoxOffice, people: list[Principal], events: list[EventId]) -> None:
        self.store, self.office, self.people, self.events = store, office, people, events
        self.organizers = [people[0], people[1]]

    @classmethod
    async def open(cls, store: Store) -> Platform:
        users = [
            a_user(f"{n}@example.com", role=Role.ORGANIZER if n < 2 else Role.USER, is_active=n != 5) for n in range(6)
        ]
        async with store.accounts() as uow:
            for user in users:
                await uow.users.add(user)
            await uow.commit()
        shapes = [
            ("EUR", "12.50", 4, "Music", "Berlin", "Europe/Berlin", Origin.LOCAL),
            ("JPY", "1000", 3, "music", "BERLIN", "Asia/Tokyo", Origin.LOCAL),
            ("USD", "7.00", None, None, None, "America/New_York", Origin.PARTNER),
            ("KWD", "0.000", 2, "Film", "Zürich", "Asia/Kathmandu", Origin.LOCAL),
            ("EUR", "9.00", None, "Film", "Oslo", "UTC", Origin.DICE),
        ]
        events = [
            an_event(
                name=f"Event {number}",
                organizer_id=users[number % 2].id,
                currency=currency,
                price=Decimal(price),
                capacity=capacity,
                category=category,
                city=city,
                timezone=zone,
                origin=origin,
                start_time=NOW + timedelta(hours=10, days=2 * number),
                created_at=NOW - timedelta(days=number),
            )
            for number, (currency, price, capacity, category, city, zone, origin) in enumerate(shapes)
        ]
        await stored(store, *events)
        return cls(store, box_office(store), [user.principal for user in users], [event.id for event in events])

    async def take(self, step: Step) -> None:
        """Do something; a step that is refused changes nothing, or what it should."""
        try:
            await self._take(*step)
        except Refusal:
            return

    async def _take(self, what: str, first: int, second: int) -> None:
        office, event_id = self.office, self.events[first % len(self.events)]
        self.store.clock.move(timedelta(seconds=1))
        if what == "book":
            await office.book(event_id, self.people[second % 6], 1 + second % 3)
        elif what == "wait":
            self.store.clock.move(WAITS[second % len(WAITS)])
        elif what == "work":
            await office.expire()
            await office.close_waitlists()
            await office.settle()
        elif what == "edit":
            await self._edit(event_id, second)
        else:
            await self._change_booking(what, first, second)

    async def _edit(self, event_id: EventId, how: int) -> None:
        if how == 0:
            await self.office.cancel_event(event_id, by=ADMIN)
        elif how < 6:
            await self.office.change(event_id, status=list(EventStatus)[how % 3])
        else:
            await self.office.change(event_id, capacity=how if how < 10 else None)

    async def _change_booking(self, what: str, first: int, second: int) -> None:
        bookings = sorted((await self.store.records()).bookings, key=lambda each: each.id)
        if not bookings:
            return
        booking = bookings[first % len(bookings)]
        owner = next((each for each in self.people if each.user_id == booking.user_id), ADMIN)
        if what == "pay":
            token = [APPROVE, APPROVE, APPROVE, DECLINE, TIMEOUT][second % 5]
            await self.office.pay(booking.id, by=owner, token=token)
        elif what == "cancel":
            await self.office.cancel(booking.id, by=owner)
        elif booking.status is BookingStatus.CONFIRMED:
            view = await self.office.stored(booking.id)
            await self.office.check_in(booking.event_id, by=ADMIN, code=view.tickets[0].code)

    async def compare(self) -> None:
        """Compare every figure with its recount."""
        records, now = await self.store.records(), self.store.clock.now()
        async with self.store.analytics() as uow:
            assert await uow.figures.homepage(now) == records.homepage(now)
            assert await uow.figures.totals(now) == records.totals(now)
            assert await uow.figures.top_events(now) == records.top_events(now)
            assert await uow.figures.week(now) == records.week(now)
            for owner in (None, *(each.user_id for each in self.organizers)):
                assert await uow.figures.statistics(owner, now) == records.statistics(owner, now)
            for event in records.events:
                view = await uow.events.view(event.id, now)
                assert await uow.figures.event_statistics(view.event, now) == records.event_statistics(event, now)


async def walk(store: Store, taken: list[Step]) -> None:
    platform = await Platform.open(store)
    for number, step in enumerate([*OPENING, *taken]):
        await platform.take(step)
        if number % 6 == 5:
            await platform.compare()
    await platform.compare()


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@given(taken=steps)
@example(taken=[("pay", 0, 0), ("wait", 0, 0)])
@example(taken=[("wait", 0, 3), ("work", 0, 0)])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_in_memory_equal_a_recount(loop: asyncio.Runner, taken: list[Step]) -> None:
    loop.run(walk(memory_store(), taken))


@given(taken=steps)
@example(taken=[("pay", 0, 0), ("wait", 0, 0)])
@example(taken=[("wait", 0, 3), ("work", 0, 0)])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_on_postgresql_equal_a_recount(loop: asyncio.Runner, postgres_url: str, taken: list[Step]) -> None:
    async def run() -> None:
        engine: AsyncEngine = create_engine(postgres_url, pool_size=10)
        try:
            await walk(postgres_store(engine), taken)
        finally:
            await empty(engine)
            await engine.dispose()

    loop.run(run())
