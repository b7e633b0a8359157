"""Create the demo: areas, events, seat maps and bookings, by the use cases that people create them by."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from uuid import UUID

from adapters.http.use_cases import UseCases
from container import Container
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter, BookingView
from core.catalog.model import EventFields
from core.discovery.model import Listing, Source
from core.notifications.delivering import DeliverNotifications
from core.notifications.model import DeliveryOutcome
from core.notifications.ports import Dispatcher
from core.shared.access import Principal
from core.shared.ids import AreaId, EventId
from core.shared.messages import Message
from core.shared.paging import PageRequest
from core.shared.stop_signal import StopSignal
from core.shared.text import slug_of
from entrypoints.demo_catalog.generator import SOURCE_ID_PREFIX
from entrypoints.demo_programme.accounts import DemoAccounts, add_accounts, add_organizer
from entrypoints.demo_programme.crowd import Party, parties_of, waiting_parties_of
from entrypoints.demo_programme.diary import DAYS, Diary, PastClock
from entrypoints.demo_programme.model import Hall, Night, Seller
from entrypoints.demo_programme.people import DOMAIN, GUESTS, Person
from entrypoints.demo_programme.pictures import demo_pictures
from entrypoints.demo_programme.programme import HALLS, NIGHTS, OUTINGS, Outcome, Outing

CHECKED_IN = 9
"""How many tickets for the first night have been used."""
APPROVED = "tok_approve"

_DAYS_OF_CREATION = 11
"""The nights were created over so many days, the first ones on the first day."""
_STEP = 0.4
"""Days between what has to happen in order."""
_FULL = 0.3
"""So many days ago, all places that are sold were booked."""
_LAST_BOOKING = _FULL + _STEP
_CHANGED_MIND_SHARE = 0.6
"""In so many of the nights somebody has cancelled."""
_OUTING_DAYS = {Outcome.GOES: 2.0, Outcome.CANCELLED: 1.5, Outcome.WAITS: 0.0, Outcome.HOLDS: 0.0}
"""How many days ago the member went to book."""


async def seed_programme(container: Container) -> None:
    """Create the demo, as if it had happened over the last days. Raises EmailTaken or AreaExists when another process
    is creating it.
    """
    now, clock = container.clock().now(), PastClock(container.clock())
    with container.clock.override(clock):
        clock.ago = timedelta(days=DAYS)
        use_cases = container.use_cases()
        organizer = await add_organizer(container)
        areas = {hall: await _add_area(use_cases, hall, organizer.principal) for hall in HALLS}
        seeding = _Seeding(use_cases, await add_accounts(container), areas, now)
        diary, nights = Diary(clock), [night for night in NIGHTS if not night.sellers]
        for number, night in enumerate(nights):
            seeding.plan_night(night, DAYS - _DAYS_OF_CREATION * number / len(nights), diary)
        await diary.live()
    for night in NIGHTS:
        if night.sellers:
            await _gather(container, night, now)
    await _deliver_to_nobody(container)
    await container.enqueue_job()(demo_pictures(seeding.event_ids))


async def _add_area(use_cases: UseCases, hall: Hall, by: Principal) -> AreaId:
    area = await use_cases.catalog.create_area(
        by=by, name=hall.name, city=hall.city.name, latitude=hall.latitude, longitude=hall.longitude
    )
    return area.id


@dataclass(frozen=True, slots=True)
class _Seeding:
    """Creates the nights that are sold here, one by one."""

    use_cases: UseCases
    accounts: DemoAccounts
    areas: Mapping[Hall, AreaId]
    now: datetime
    keys: count[int] = field(default_factory=count)
    event_ids: dict[str, EventId] = field(default_factory=dict)
    """The nights that were created, by their names."""

    def plan_night(self, night: Night, days_ago: float, diary: Diary) -> None:
        """Plan the creation of a night so many days ago, its bookings since then, and what is done with them."""
        chance = Random(f"{night.name}, days")  # noqa: S311 - the same each time
        outing = next((each for each in OUTINGS if each.night == night.name), None)
        taken = outing.seats if outing else ()
        ends = _LAST_BOOKING + (chance.uniform(0, days_ago / 2) if night.cancelled else 0)
        diary.add(days_ago, partial(self._create, night))
        for party in parties_of(night, taken=taken):
            diary.add(chance.uniform(ends, days_ago - _STEP), partial(self._book_and_pay, night, party))
        if not night.waiting and not night.cancelled and chance.random() < _CHANGED_MIND_SHARE:
            booked = chance.uniform(_LAST_BOOKING + _STEP, days_ago - _STEP)
            self._plan_change_of_mind(night, booked, chance.uniform(_LAST_BOOKING, booked - _STEP), diary)
        for party in waiting_parties_of(night):
            diary.add(_FULL, partial(self._let_book, night, party))
        if outing:
            diary.add(_OUTING_DAYS[outing.outcome], partial(self._go_out, night, outing))
        if night.cancelled:
            diary.add(ends - _STEP, partial(self._cancel, night, night.cancelled))
        if night is NIGHTS[0]:
            diary.add(0, partial(self._check_in, night))

    def _plan_change_of_mind(self, night: Night, booked: float, cancelled: float, diary: Diary) -> None:
        """Plan a booking that is cancelled some days later."""
        placed: list[BookingView] = []
        party = Party(1, GUESTS[len(night.name) % len(GUESTS)])

        async def book() -> None:
            placed.append(await self._let_book(night, party))

        async def cancel() -> None:
            for view in placed:
                await self.use_cases.booking.cancel(view.booking.id, by=self._guest(party.booker))

        diary.add(booked, book)
        diary.add(cancelled, cancel)

    async def _create(self, night: Night) -> None:
        organizer = self.accounts.organizer.principal
        created = await self.use_cases.catalog.create_event(by=organizer, wanted=self._fields(night))
        event_id = self.event_ids[night.name] = created.event.id
        if night.per_row:
            rows = (night.capacity or 0) // night.per_row
            await self.use_cases.booking.create_seat_map(event_id, by=organizer, rows=rows, per_row=night.per_row)

    async def _book_and_pay(self, night: Night, party: Party) -> None:
        view = await self._let_book(night, party)
        if view.booking.status is BookingStatus.PENDING:
            await self.use_cases.booking.pay(view.booking.id, by=self._guest(party.booker), token=APPROVED)

    async def _cancel(self, night: Night, reason: str) -> None:
        organizer = self.accounts.organizer.principal
        await self.use_cases.booking.cancel_event(self.event_ids[night.name], by=organizer, reason=reason)

    async def _check_in(self, night: Night) -> None:
        event_id, organizer = self.event_ids[night.name], self.accounts.organizer.principal
        bookings = await self.use_cases.booking.list_of_event(
            event_id, BookingFilter(status=BookingStatus.CONFIRMED), PageRequest(limit=100), by=organizer
        )
        codes = [ticket.code for view in bookings.items for ticket in view.tickets]
        for code in codes[:CHECKED_IN]:
            await self.use_cases.booking.check_in(event_id, by=organizer, code=code)

    async def _let_book(self, night: Night, party: Party) -> BookingView:
        event_id = self.event_ids[night.name]
        if party.is_visitor:
            name, email = party.booker.name, party.booker.email
            return await self.use_cases.booking.register_visitor(event_id, full_name=name, email=email)
        return await self._place(event_id, self._guest(party.booker), party.size, party.seats)

    async def _go_out(self, night: Night, outing: Outing) -> None:
        event_id = self.event_ids[night.name]
        member = self.accounts.member.principal
        view = await self._place(event_id, member, outing.size, outing.seats)
        if outing.outcome is Outcome.CANCELLED:
            await self.use_cases.booking.cancel(view.booking.id, by=member)
        elif outing.outcome is Outcome.GOES and view.booking.status is BookingStatus.PENDING:
            await self.use_cases.booking.pay(view.booking.id, by=member, token=APPROVED)

    async def _place(self, event_id: EventId, by: Principal, size: int, seats: Sequence[str] = ()) -> BookingView:
        quantity = None if seats else size
        placed = await self.use_cases.booking.place(
            event_id, by=by, key=f"demo-{next(self.keys)}", quantity=quantity, seat_ids=seats or None
        )
        return placed.view

    def _guest(self, person: Person) -> Principal:
        return next(each.principal for each in self.accounts.guests if each.email == person.email)

    def _fields(self, night: Night) -> EventFields:
        hall, start = night.hall, night.starts_at(self.now)
        return EventFields(
            name=night.name,
            description=night.description,
            category=night.category,
            tags=night.tags,
            venue=hall.name,
            area_id=self.areas[hall],
            city=hall.city.name,
            country=hall.city.country,
            latitude=hall.latitude,
            longitude=hall.longitude,
            start_time=start,
            end_time=start + timedelta(minutes=night.minutes),
            timezone=hall.city.zone,
            capacity=night.capacity,
            price=Decimal(night.price or 0),
            currency=hall.city.currency,
        )


async def _gather(container: Container, night: Night, now: datetime) -> None:
    """Store a night that other sites sell, as each of them reports it."""
    event_id = EventId(container.ids().new())
    first, *others = night.sellers
    async with container.discovery() as uow:
        seen = now - timedelta(hours=first.hours_ago)
        await uow.listings.record({event_id: _listing(night, first, now)}, seen)
        for seller in others:
            listing, seen = _listing(night, seller, now), now - timedelta(hours=seller.hours_ago)
            await uow.listings.record_again(event_id, listing, seen)
        await uow.commit()


def _listing(night: Night, seller: Seller, now: datetime) -> Listing:
    hall, slug = night.hall, slug_of(night.name)
    site = slug_of(hall.name) if seller.source is Source.WEB else seller.source
    start = night.starts_at(now)
    return Listing(
        source=seller.source,
        source_id=f"{SOURCE_ID_PREFIX}{slug}",
        url=f"https://{site}.example/events/{slug}",
        name=night.name,
        start_time=start,
        end_time=start + timedelta(minutes=night.minutes),
        timezone=hall.city.zone,
        evidence="demo",
        description=night.description,
        category=night.category,
        tags=night.tags,
        venue=hall.name,
        city=hall.city.name,
        country=hall.city.country,
        latitude=hall.latitude,
        longitude=hall.longitude,
        price=None if seller.price is None else Decimal(seller.price),
        currency=hall.city.currency,
    )


async def _deliver_to_nobody(container: Container) -> None:
    """Make refunds, and mark all messages to the people of the demo as sent: they are in inboxes, and not emailed."""
    await container.settle_payments()()
    while await container.notify_bookers()():
        pass
    dispatcher = _DemoDispatcher()
    deliver = DeliverNotifications(container.notifications, dispatcher, container.clock())
    while await deliver(_Never()) and dispatcher.has_recognized_any:
        pass


class _DemoDispatcher(Dispatcher):
    """Takes the messages to addresses under the domain of the demo, and leaves all others."""

    has_recognized_any = False

    async def dispatch(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, DeliveryOutcome]:
        recognized = [each.id for each in messages if each.email and each.email.endswith(f"@{DOMAIN}")]
        self.has_recognized_any = bool(recognized)
        return dict.fromkeys(recognized, DeliveryOutcome())


class _Never(StopSignal):
    """The demo is created to its end."""

    def is_set(self) -> bool:
        return False

    async def wait(self) -> object:
        return await asyncio.Event().wait()
