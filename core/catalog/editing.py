"""Deleting events, and editing areas. Creating and changing events is in `core.event_editing`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.catalog.areas import Area, AreaFields, change_area, validate_area
from core.catalog.ports import CatalogUnitOfWork
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import AreaId, EventId, IdGenerator
from core.shared.jobs import delete_unused_pictures
from core.shared.signals import EventsChanged
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class DeleteEvent:
    """Delete an event that never had a booking. Its organizer and admins only."""

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, expected: frozenset[Version] | None = None) -> None:
        async with self.new_uow() as uow:
            event = await uow.events.get_for_update(event_id)
            event.must_be_managed_by(by)
            must_be_expected(event.version, expected)
            await uow.events.remove(event_id)
            await record_action(uow.audit, by, "event.deleted", event_id, self.clock.now())
            await uow.jobs.enqueue([delete_unused_pictures()])
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class CreateArea:
    """Create an area for events. Organizers and admins only. Names are unique: case, spaces and forms of one
    character do not matter."""

    new_uow: Callable[[], CatalogUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self,
        *,
        by: Principal,
        name: str,
        address: str | None = None,
        city: str | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
    ) -> Area:
        by.must_be_organizer()
        area = Area(
            id=AreaId(self.ids.new()),
            name=name.strip(),
            created_at=self.clock.now(),
            address=address,
            city=city,
            latitude=latitude,
            longitude=longitude,
        )
        validate_area(area)
        async with self.new_uow() as uow:
            await uow.areas.add(area)
            await record_action(uow.audit, by, "area.created", area.id, area.created_at, name=area.name)
            await uow.commit()
        return area


@dataclass(frozen=True, slots=True)
class ChangeArea:
    """Change some fields of an area; the others keep their values. Admins only, since organizers share areas."""

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(
        self, area_id: AreaId, *, by: Principal, wanted: AreaFields, expected: frozenset[Version] | None = None
    ) -> Area:
        by.must_be_admin()
        async with self.new_uow() as uow:
            area = await uow.areas.get_for_update(area_id)
            must_be_expected(area.version, expected)
            changed = change_area(area, wanted)
            await uow.areas.save(changed)
            await record_action(uow.audit, by, "area.changed", area_id, self.clock.now(), name=changed.name)
            await uow.commit()
        return changed


@dataclass(frozen=True, slots=True)
class DeleteArea:
    """Delete an area that has no events. Admins only."""

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(self, area_id: AreaId, *, by: Principal, expected: frozenset[Version] | None = None) -> None:
        by.must_be_admin()
        async with self.new_uow() as uow:
            area = await uow.areas.get_for_update(area_id)
            must_be_expected(area.version, expected)
            await uow.areas.remove(area_id)
            await record_action(uow.audit, by, "area.deleted", area_id, self.clock.now(), name=area.name)
            await uow.commit()
