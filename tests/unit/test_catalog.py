"""The use cases of the catalog, on the memory store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from adapters.memory.catalog import MemoryCatalog
from adapters.memory.store import MemoryStore
from adapters.memory.system import CountingIds, SetClock
from core.catalog.editing import ChangeEvent, CreateArea, CreateEvent
from core.catalog.errors import AreaExists, EventNotFound
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.catalog.model import EventStatus
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.access import Role
from core.shared.errors import Forbidden, InvalidFields
from core.shared.paging import PageRequest
from tests.builders import NOW, TOMORROW, a_person


@dataclass(frozen=True, slots=True)
class Catalog:
    create: CreateEvent
    change: ChangeEvent
    read: ReadEvent
    search: SearchEvents
    create_area: CreateArea
    areas: ListAreas


@pytest.fixture
def catalog() -> Catalog:
    store, clock, ids = MemoryStore(), SetClock(NOW), CountingIds()

    def new_uow() -> MemoryCatalog:
        return MemoryCatalog(store)

    return Catalog(
        create=CreateEvent(new_uow, ids, clock),
        change=ChangeEvent(new_uow, clock),
        read=ReadEvent(new_uow),
        search=SearchEvents(new_uow),
        create_area=CreateArea(new_uow, ids, clock),
        areas=ListAreas(new_uow),
    )


async def test_an_organizer_makes_and_changes_an_event(catalog: Catalog) -> None:
    organizer = a_person(Role.ORGANIZER)
    made = await catalog.create(by=organizer, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    changed = await catalog.change(made.event.id, by=organizer, wanted={"name": "Fun fair"})
    assert changed.event.name == "Fun fair"
    assert await catalog.read(made.event.id, viewer=None) == changed


async def test_a_user_makes_neither_events_nor_areas(catalog: Catalog) -> None:
    user = a_person()
    with pytest.raises(Forbidden):
        await catalog.create(by=user, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    with pytest.raises(Forbidden):
        await catalog.create_area(by=user, name="Yard")


async def test_another_organizer_may_not_change_it_and_does_not_see_it_hidden(catalog: Catalog) -> None:
    owner, other, admin = a_person(Role.ORGANIZER), a_person(Role.ORGANIZER), a_person(Role.ADMIN)
    made = await catalog.create(by=owner, wanted={"name": "Fair", "start_time": TOMORROW, "venue": "Yard"})
    with pytest.raises(Forbidden):
        await catalog.change(made.event.id, by=other, wanted={"name": "Mine"})
    await catalog.change(made.event.id, by=admin, wanted={"status": EventStatus.INACTIVE})
    with pytest.raises(EventNotFound):
        await catalog.change(made.event.id, by=other, wanted={"name": "Mine"})
    for viewer in (None, other):
        with pytest.raises(EventNotFound):
            await catalog.read(made.event.id, viewer=viewer)
    assert (await catalog.read(made.event.id, viewer=owner)).event.status is EventStatus.INACTIVE


async def test_an_event_takes_place_in_an_area(catalog: Catalog) -> None:
    admin = a_person(Role.ADMIN)
    area = await catalog.create_area(by=admin, name=" Yard ", city="Berlin")
    made = await catalog.create(by=admin, wanted={"name": "Fair", "start_time": TOMORROW, "area_id": area.id})
    assert made.area == area
    assert [(each.area.name, each.events) for each in await catalog.areas()] == [("Yard", 1)]
    with pytest.raises(AreaExists):
        await catalog.create_area(by=admin, name="YARD")


async def test_an_area_makes_sense(catalog: Catalog) -> None:
    wrongs: list[dict[str, Any]] = [{"name": " "}, {"latitude": 5.0}, {"city": "x" * 101}, {"name": "x" * 101}]
    for wrong in wrongs:
        with pytest.raises(InvalidFields):
            await catalog.create_area(by=a_person(Role.ADMIN), **({"name": "Yard"} | wrong))


async def test_sorting_by_relevance_needs_a_text(catalog: Catalog) -> None:
    with pytest.raises(InvalidFields, match="sort"):
        await catalog.search(EventQuery(now=NOW, sort=Sort(SortKey.RELEVANCE)), PageRequest())
