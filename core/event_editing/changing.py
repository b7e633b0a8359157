"""Creating and changing events. An event's capacity and its audience belong to booking, the rest to the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import resize
from core.booking.applying import apply_changes
from core.booking.inventory import AllocationContext
from core.booking.notices import notices_of_event
from core.catalog.hiding import is_newly_hidden
from core.catalog.model import EventFields, EventView, change_event, changes_of_place_or_time, create_event
from core.event_editing.ports import EventEditingUnitOfWork
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator
from core.shared.jobs import match_events
from core.shared.signals import EventsChanged
from core.shared.topics import Topic
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class CreateEvent:
    """Create an event, owned by its creator. Organizers and admins only."""

    new_uow: Callable[[], EventEditingUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, by: Principal, wanted: EventFields) -> EventView:
        by.must_be_organizer()
        now = self.clock.now()
        event = create_event(EventId(self.ids.new()), by=by, now=now, wanted=wanted)
        async with self.new_uow() as uow:
            await uow.events.add(event)
            await uow.notices.add(notices_of_event(Topic.EVENT_CREATED, event.id, []))
            await record_action(uow.audit, by, "event.created", event.id, now)
            await uow.jobs.enqueue(match_events([event.id]))
            view = await uow.events.view(event.id, now)
            uow.signals.add(EventsChanged((event.id,)))
            await uow.commit()
        return view


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """Change some fields of an event; the others stay as they are. Its organizer and admins only.

    The capacity can't fall below the places that are booked; new places go to the head of the waitlist in the same
    transaction, or right after it if that takes long. Everybody who booked is notified when the time or place changes,
    or when the event is hidden. An edit of an outdated version is refused; bookings do not change the version.
    """

    new_uow: Callable[[], EventEditingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self, event_id: EventId, *, by: Principal, wanted: EventFields, expected: frozenset[Version] | None = None
    ) -> EventView:
        context = self.new_context()
        now = context.now
        async with self.new_uow() as uow:
            event = await uow.events.get_for_update(event_id)
            event.must_be_managed_by(by)
            must_be_expected(event.version, expected)
            changed = change_event(event, wanted, now)
            before = await uow.events.view(event_id, now)
            await uow.events.save(changed)
            # Even with the same capacity: an event that was reopened promotes from its waitlist.
            snapshot = await uow.inventory.for_resize(event_id, changed.capacity, now)
            await apply_changes(uow, resize(snapshot, changed.capacity, context))
            await record_action(uow.audit, by, "event.changed", event_id, now)
            await uow.jobs.enqueue(match_events([event_id]))
            view = await uow.events.view(event_id, now)
            was, is_deactivated = changes_of_place_or_time(before, view), is_newly_hidden(event, changed, now)
            booked = await uow.inventory.active_ids(event_id) if was or is_deactivated else []
            if was:
                await uow.notices.add(notices_of_event(Topic.EVENT_CHANGED, event_id, booked, was=was))
            if is_deactivated:
                await uow.notices.add(notices_of_event(Topic.EVENT_DEACTIVATED, event_id, booked))
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
        return view
