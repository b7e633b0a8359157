"""Events and areas, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core.catalog.areas import AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound, EventNotFound, UnknownArea
from core.catalog.model import EventStatus
from core.shared.ids import AreaId, EventId
from tests.support.builders import NOW, a_user, an_area, an_event
from tests.support.stores import Store


async def test_an_event_comes_back_as_it_was_stored(store: Store) -> None:
    user, area = a_user(), an_area(address="Hall 1", city="Berlin", latitude=52.5, longitude=13.4)
    event = an_event(
        description="Six films.\nTwo breaks.",
        category="Film",
        tags=("short", "Ünïcode"),
        area_id=area.id,
        country="DE",
        latitude=52.52,
        longitude=13.405,
        price=Decimal("12.50"),
        organizer_id=user.id,
        status=EventStatus.INACTIVE,
    )
    async with store.accounts() as accounts:
        await accounts.users.add(user)
        await accounts.commit()
    async with store.catalog() as uow:
        await uow.areas.add(area)
        await uow.events.add(event)
        await uow.commit()
    async with store.catalog() as uow:
        view = await uow.events.view(event.id, NOW)
        locked = await uow.events.get_for_update(event.id)
    assert view.event == locked == event
    assert view.area == area
    assert view.sources == ()


async def test_an_unknown_event_is_not_found(store: Store) -> None:
    async with store.catalog() as uow:
        with pytest.raises(EventNotFound):
            await uow.events.view(EventId(uuid4()), NOW)
        with pytest.raises(EventNotFound):
            await uow.events.get_for_update(EventId(uuid4()))


async def test_an_event_needs_an_area_that_is_there(store: Store) -> None:
    nowhere = AreaId(uuid4())
    async with store.catalog() as uow:
        with pytest.raises(UnknownArea):
            await uow.events.add(an_event(area_id=nowhere))
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    async with store.catalog() as uow:
        with pytest.raises(UnknownArea):
            await uow.events.save(replace(event, area_id=nowhere))


async def test_a_change_is_kept(store: Store) -> None:
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    changed = replace(event, name="Renamed", price=None, updated_at=NOW + timedelta(hours=1))
    async with store.catalog() as uow:
        await uow.events.save(changed)
        await uow.commit()
    async with store.catalog() as uow:
        assert (await uow.events.view(event.id, NOW)).event == changed


async def test_an_area_name_is_taken_whatever_its_case(store: Store) -> None:
    async with store.catalog() as uow:
        await uow.areas.add(an_area("Main Hall"))
        await uow.commit()
    async with store.catalog() as uow:
        with pytest.raises(AreaExists):
            await uow.areas.add(an_area("MAIN hall"))


async def test_areas_are_listed_by_name_with_the_events_they_hold(store: Store) -> None:
    yard, attic = an_area("yard", city="Berlin", latitude=52.5, longitude=13.4), an_area("Attic")
    async with store.catalog() as uow:
        await uow.areas.add(yard)
        await uow.areas.add(attic)
        await uow.events.add(an_event(area_id=yard.id))
        await uow.events.add(an_event(area_id=yard.id, status=EventStatus.INACTIVE))
        await uow.commit()
    async with store.catalog() as uow:
        assert await uow.areas.list_all() == [AreaSummary(attic, 0), AreaSummary(yard, 2)]


async def test_an_area_is_changed_and_keeps_to_names_that_are_free(store: Store) -> None:
    hall, yard = an_area(name="Hall"), an_area(name="Yard")
    async with store.catalog() as uow:
        for area in (hall, yard):
            await uow.areas.add(area)
        await uow.commit()
    changed = replace(hall, name="Great Hall", city="Berlin")
    async with store.catalog() as uow:
        assert await uow.areas.get_for_update(hall.id) == hall
        await uow.areas.save(changed)
        await uow.commit()
    async with store.catalog() as uow:
        assert await uow.areas.get_for_update(hall.id) == changed
        with pytest.raises(AreaExists):
            await uow.areas.save(replace(changed, name="YARD"))


async def test_an_area_is_removed_when_no_event_takes_place_in_it(store: Store) -> None:
    hall, yard = an_area(name="Hall"), an_area(name="Yard")
    async with store.catalog() as uow:
        for area in (hall, yard):
            await uow.areas.add(area)
        await uow.events.add(an_event(area_id=hall.id))
        await uow.areas.remove(yard.id)
        await uow.commit()
    async with store.catalog() as uow:
        with pytest.raises(AreaNotFound):
            await uow.areas.get_for_update(yard.id)
        with pytest.raises(AreaInUse):
            await uow.areas.remove(hall.id)
