"""Events in every state that their pages know, and a member who has booked some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from container import Container
from core.accounts.model import User
from core.booking.model import BookingStatus
from core.catalog.model import Event, EventStatus, Origin
from core.discovery.model import Source
from core.shared.access import Principal, Role
from core.shared.ids import EventId
from tests.support.builders import NOW, a_listing, a_person, an_event

PASSWORD = "correct horse"
DAY = timedelta(days=1)
STARTED = NOW - timedelta(hours=1)
OVER = NOW - 2 * DAY


@dataclass(frozen=True, slots=True)
class EventStates:
    """The events by the names of their states, and the session cookie of the member."""

    events: Mapping[str, Event]
    member: User
    cookie: str

    def path(self, state: str) -> str:
        return f"/events/{self.events[state].id}"


def events_by_state() -> dict[str, Event]:
    """Return new events, all without bookings yet."""
    start = NOW + 8 * DAY
    an = {"city": "Berlin", "latitude": 52.499, "longitude": 13.418, "start_time": start, "capacity": 80}
    events = {
        "open": an_event(name="Night of the Short Film", category="Film", **an),
        "unlimited": an_event(name="Vinyl Swap", category="Market", **(an | {"capacity": None})),
        "priced": an_event(name="Post-Punk Double Bill", category="Music", price=Decimal("14.50"), **an),
        "seated": an_event(name="Chamber Concert", category="Music", price=Decimal(22), **an),
        "full": an_event(name="Poetry Slam: Last Words", category="Words", **(an | {"capacity": 2})),
        "waiting": an_event(name="Pub Quiz", category="Games", **(an | {"capacity": 2})),
        "going": an_event(name="Repair Café", category="Community", **an),
        "held": an_event(name="Midnight Jazz", category="Music", price=Decimal("9.00"), **an),
        "cancelled": an_event(name="Life Drawing", category="Art", status=EventStatus.CANCELLED, **an),
        "closed": an_event(name="Star Party", category="Science", status=EventStatus.CLOSED, **an),
        "hidden": an_event(name="Secret Supper", status=EventStatus.INACTIVE, **an),
        "deadline": an_event(name="Sunset Kayak", registration_deadline=NOW - DAY, **an),
        "started": an_event(name="Brass in the Yard", **(an | {"start_time": STARTED})),
        "ended": an_event(name="Zine Fair", **(an | {"start_time": OVER})),
    }
    return {state: replace(event, description=_DESCRIPTION) for state, event in events.items()}


_DESCRIPTION = "Doors at seven, <b>first</b> piece at eight.\n\nMore at https://example.org/night?a=1&b=2."


async def make_event_states(container: Container) -> EventStates:
    """Store events in every state, and a member with bookings of them."""
    cases, events = container.use_cases(), events_by_state()
    member = await cases.accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    async with container.catalog() as uow:
        for event in events.values():
            await uow.events.add(event)
        await uow.commit()
    await cases.booking.create_seat_map(events["seated"].id, by=a_person(Role.ADMIN), rows=8, per_row=10)
    others = [a_person() for _ in range(2)]
    for state in ("full", "waiting"):
        for person, quantity in zip(others, (2, 1), strict=True):
            await _book(container, events[state], person, quantity)
    await _book(container, events["waiting"], member.principal, 2)
    await _book(container, events["going"], member.principal, 2)
    held = await _book(container, events["held"], member.principal, 2)
    assert held is BookingStatus.PENDING
    events["gathered"] = await _gather(container)
    cookie, _ = await cases.accounts.sign_in_browser(email=member.email, password=PASSWORD)
    return EventStates(events, member, cookie)


async def _book(container: Container, event: Event, person: Principal, quantity: int) -> BookingStatus:
    placed = await container.use_cases().booking.place(event.id, by=person, key=uuid4().hex, quantity=quantity)
    return placed.view.booking.status


async def _gather(container: Container) -> Event:
    """Store an event that two sites sell."""
    event_id = EventId(uuid4())
    dice = a_listing(name="Brass on the Roof", start_time=NOW + 8 * DAY)
    async with container.discovery() as uow:
        await uow.listings.record({event_id: dice}, NOW - timedelta(hours=3))
        await uow.commit()
    async with container.catalog() as uow:
        event = await uow.events.get_for_update(event_id)
    assert event.origin is Origin(Source.DICE)
    return event
