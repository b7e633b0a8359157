"""Events and areas, in every store."""

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
from tests.support.texts import SAME_NAMES


async def test_a_stored_event_is_loaded_unchanged(store: Store) -> None:
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


@pytest.mark.parametrize(("price", "currency"), [("1000", "JPY"), ("12.50", "EUR"), ("7.255", "KWD")])
async def test_a_price_keeps_the_decimals_of_its_currency(store: Store, price: str, currency: str) -> None:
    event = an_event(price=Decimal(price), currency=currency)
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    async with store.catalog() as uow:
        assert str((await uow.events.view(event.id, NOW)).event.price) == price


async def test_an_unknown_event_is_not_found(store: Store) -> None:
    async with store.catalog() as uow:
        with pytest.raises(EventNotFound):
            await uow.events.view(EventId(uuid4()), NOW)
        with pytest.raises(EventNotFound):
            await uow.events.get_for_update(EventId(uuid4()))


async def test_an_event_needs_an_existing_area(store: Store) -> None:
    missing = AreaId(uuid4())
    async with store.catalog() as uow:
        with pytest.raises(UnknownArea):
            await uow.events.add(an_event(area_id=missing))
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    async with store.catalog() as uow:
        with pytest.raises(UnknownArea):
            await uow.events.save(replace(event, area_id=missing))


async def test_a_change_is_saved(store: Store) -> None:
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


@pytest.mark.parametrize(("one", "other"), [("Main Hall", "MAIN hall"), *SAME_NAMES])
async def test_areas_whose_names_people_read_as_the_same_are_refused(store: Store, one: str, other: str) -> None:
    async with store.catalog() as uow:
        await uow.areas.add(an_area(one))
        await uow.commit()
    async with store.catalog() as uow:
        with pytest.raises(AreaExists):
            await uow.areas.add(an_area(other))


async def test_areas_are_listed_by_name_with_their_numbers_of_events(store: Store) -> None:
    yard, attic = an_area("yard", city="Berlin", latitude=52.5, longitude=13.4), an_area("Attic")
    async with store.catalog() as uow:
        await uow.areas.add(yard)
        await uow.areas.add(attic)
        await uow.events.add(an_event(area_id=yard.id))
        await uow.events.add(an_event(area_id=yard.id, status=EventStatus.INACTIVE))
        await uow.commit()
    async with store.catalog() as uow:
        assert await uow.areas.list_all() == [AreaSummary(attic, 0), AreaSummary(yard, 2)]


async def test_an_area_can_be_changed_but_not_to_a_name_that_is_taken(store: Store) -> None:
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


async def test_only_an_area_without_events_can_be_removed(store: Store) -> None:
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
