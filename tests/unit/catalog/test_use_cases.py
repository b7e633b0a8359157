"""The use cases of the catalog, with the memory store."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from adapters.memory.shared.system import CountingIds
from core.booking.errors import CapacityBelowBooked
from core.catalog.editing import CreateArea, DeleteEvent
from core.catalog.errors import AreaExists, EventCancelled, EventHasBookings, EventNotFound
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.catalog.model import EventStatus
from core.catalog.public_catalog import PublicCatalog
from core.catalog.search import EventQuery, Sort, SortKey
from core.event_editing.changing import ChangeEvent, CreateEvent
from core.shared.access import Role
from core.shared.errors import Forbidden, InvalidFields
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice, box_office
from tests.support.builders import HOLD, NOW, TOMORROW, a_person, an_event
from tests.support.stores import memory_store


@dataclass(frozen=True, slots=True)
class Catalog:
    office: BoxOffice
    create: CreateEvent
    change: ChangeEvent
    delete: DeleteEvent
    read: ReadEvent
    search: SearchEvents
    create_area: CreateArea
    areas: ListAreas


@pytest.fixture
def catalog() -> Catalog:
    store, ids = memory_store(), CountingIds()
    new_uow, clock = store.catalog, store.clock
    return Catalog(
        office=box_office(store),
        create=CreateEvent(store.event_editing, ids, clock),
        change=ChangeEvent(store.event_editing, store.new_context),
        delete=DeleteEvent(new_uow, clock),
        read=ReadEvent(store.event_views, new_uow, clock),
        search=SearchEvents(PublicCatalog(new_list_uow=new_uow, new_search_uow=new_uow)),
        create_area=CreateArea(new_uow, ids, clock),
        areas=ListAreas(new_uow),
    )


async def test_an_organizer_creates_and_changes_an_event(catalog: Catalog) -> None:
    organizer = a_person(Role.ORGANIZER)
    created = await catalog.create(by=organizer, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    changed = await catalog.change(created.event.id, by=organizer, wanted={"name": "Fun fair"})
    assert changed.event.name == "Fun fair"
    assert await catalog.read(created.event.id, viewer=None) == changed


async def test_a_user_may_create_neither_events_nor_areas(catalog: Catalog) -> None:
    user = a_person()
    with pytest.raises(Forbidden):
        await catalog.create(by=user, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    with pytest.raises(Forbidden):
        await catalog.create_area(by=user, name="Yard")


async def test_another_organizer_may_not_change_an_event_or_see_it_when_hidden(catalog: Catalog) -> None:
    owner, other, admin = a_person(Role.ORGANIZER), a_person(Role.ORGANIZER), a_person(Role.ADMIN)
    created = await catalog.create(by=owner, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    with pytest.raises(Forbidden):
        await catalog.change(created.event.id, by=other, wanted={"name": "Mine"})
    await catalog.change(created.event.id, by=admin, wanted={"status": EventStatus.INACTIVE})
    with pytest.raises(EventNotFound):
        await catalog.change(created.event.id, by=other, wanted={"name": "Mine"})
    for viewer in (None, other):
        with pytest.raises(EventNotFound):
            await catalog.read(created.event.id, viewer=viewer)
    assert (await catalog.read(created.event.id, viewer=owner)).event.status is EventStatus.INACTIVE


async def test_more_capacity_promotes_from_the_waitlist_at_once(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open(capacity=2)
    await office.book(event_id, a_person(), 2)
    waiting = [await office.book(event_id, a_person(), 2) for _ in range(2)]
    changed = await catalog.change(event_id, by=ADMIN, wanted={"capacity": 5})
    assert (changed.event.capacity, changed.event.booked_count, changed.event.waitlist_count) == (5, 4, 1)
    after = [await office.stored(view.booking.id) for view in waiting]
    assert [view.booking.status.value for view in after] == ["confirmed", "waitlisted"]
    assert [len(view.tickets) for view in after] == [2, 0]
    unlimited = await catalog.change(event_id, by=ADMIN, wanted={"capacity": None})
    assert (unlimited.event.booked_count, unlimited.event.waitlist_count) == (6, 0)


async def test_reopening_an_event_promotes_from_its_waitlist(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open(capacity=1)
    holder, waiting = [await office.book(event_id, a_person()) for _ in range(2)]
    await catalog.change(event_id, by=ADMIN, wanted={"status": EventStatus.CLOSED})
    await office.cancel(holder.booking.id, by=ADMIN)
    assert (await office.stored(waiting.booking.id)).position == 1
    opened = await catalog.change(event_id, by=ADMIN, wanted={"status": EventStatus.OPEN})
    assert (opened.event.booked_count, opened.event.waitlist_count) == (1, 0)


async def test_a_capacity_below_the_booked_places_is_refused_and_nothing_changes(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open(capacity=10)
    await office.book(event_id, a_person(), 7)
    before = await catalog.change(event_id, by=ADMIN, wanted={"capacity": 7})
    assert before.event.available == 0
    with pytest.raises(CapacityBelowBooked) as refused:
        await catalog.change(event_id, by=ADMIN, wanted={"capacity": 6, "name": "Smaller"})
    assert refused.value.facts == {"booked_count": 7}
    assert await catalog.read(event_id, viewer=None) == before


async def test_an_expired_hold_does_not_count_as_booked(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open(capacity=5, price=Decimal(10))
    await office.book(event_id, a_person(), 3)
    assert (await catalog.read(event_id, viewer=None)).event.available == 2
    office.store.clock.move(HOLD)
    assert (await catalog.read(event_id, viewer=None)).event.available == 5
    [found] = (await catalog.search(EventQuery(now=office.store.clock.now()), PageRequest())).items
    assert found.event.booked_count == 0


async def test_a_change_keeps_the_counts_and_the_seat_map(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open(capacity=5)
    await office.book_seats(event_id, a_person(), "A-2")
    after = (await catalog.change(event_id, by=ADMIN, wanted={"name": "Another name"})).event
    assert (after.capacity, after.booked_count, after.seats_per_row) == (5, 1, 10)


async def test_an_event_that_never_had_a_booking_can_be_deleted(catalog: Catalog) -> None:
    owner = a_person(Role.ORGANIZER)
    event_id = await catalog.office.open(organizer_id=owner.user_id)
    for stranger in (a_person(), a_person(Role.ORGANIZER)):
        with pytest.raises(Forbidden):
            await catalog.delete(event_id, by=stranger)
    await catalog.delete(event_id, by=owner)
    for missing in (event_id, an_event().id):
        with pytest.raises(EventNotFound):
            await catalog.delete(missing, by=owner)
    with pytest.raises(EventNotFound):
        await catalog.read(event_id, viewer=ADMIN)


async def test_an_event_that_ever_had_a_booking_cannot_be_deleted(catalog: Catalog) -> None:
    office = catalog.office
    event_id = await office.open()
    booked = await office.book(event_id, a_person())
    for _ in range(2):
        with pytest.raises(EventHasBookings):
            await catalog.delete(event_id, by=ADMIN)
        await office.cancel(booked.booking.id, by=ADMIN)
    assert (await office.stored(booked.booking.id)).event.id == event_id


async def test_other_organizers_cannot_find_a_hidden_event_to_delete_it(catalog: Catalog) -> None:
    event_id = await catalog.office.open(status=EventStatus.INACTIVE)
    with pytest.raises(EventNotFound):
        await catalog.delete(event_id, by=a_person(Role.ORGANIZER))
    await catalog.delete(event_id, by=ADMIN)


async def test_a_cancelled_event_cannot_be_reopened(catalog: Catalog) -> None:
    event_id = await catalog.office.open()
    await catalog.office.cancel_event(event_id, by=ADMIN)
    with pytest.raises(EventCancelled):
        await catalog.change(event_id, by=ADMIN, wanted={"status": EventStatus.OPEN})
    changed = await catalog.change(event_id, by=ADMIN, wanted={"description": "Sorry."})
    assert changed.event.status is EventStatus.CANCELLED


async def test_an_event_takes_place_in_an_area(catalog: Catalog) -> None:
    admin = a_person(Role.ADMIN)
    area = await catalog.create_area(by=admin, name=" Yard ", city="Berlin")
    created = await catalog.create(by=admin, wanted={"name": "Fair", "start_time": TOMORROW, "area_id": area.id})
    assert created.area == area
    assert [(each.area.name, each.events) for each in await catalog.areas()] == [("Yard", 1)]
    with pytest.raises(AreaExists):
        await catalog.create_area(by=admin, name="YARD")


async def test_an_invalid_area_is_refused(catalog: Catalog) -> None:
    invalid_areas: list[dict[str, Any]] = [{"name": " "}, {"latitude": 5.0}, {"city": "x" * 101}, {"name": "x" * 101}]
    for fields in invalid_areas:
        with pytest.raises(InvalidFields):
            await catalog.create_area(by=a_person(Role.ADMIN), **({"name": "Yard"} | fields))


async def test_sorting_by_relevance_needs_a_text(catalog: Catalog) -> None:
    with pytest.raises(InvalidFields, match="sort"):
        await catalog.search(EventQuery(now=NOW, sort=Sort(SortKey.RELEVANCE)), PageRequest())
