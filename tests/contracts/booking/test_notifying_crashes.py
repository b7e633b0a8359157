"""A relay may crash at any step: each message arrives, always with the same id (F1)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from adapters.system.ids import TimeOrderedIds
from core.booking.notifying import NotifyBookers
from core.notifications.delivering import LEASE_DURATION, DeliverNotifications
from core.notifications.model import DeliveryOutcome
from core.notifications.ports import Dispatcher, NotificationFilter
from core.shared.messages import Message, MessageStatus
from core.shared.paging import PageRequest
from core.shared.stop_signal import StopSignal
from tests.support.box_office import BOOKING_LINKS, BoxOffice
from tests.support.fuse import Fuse, FusedUnit, ProcessEnded

PEOPLE = 3
STEPS = 24
"""More steps than a relay has: before and after each commit, and before each delivery."""


@dataclass(slots=True)
class FusedDispatcher(Dispatcher):
    """Delivers messages one by one and keeps their ids by receiver. The process may end before each."""

    fuse: Fuse
    taken: dict[str, list[UUID]] = field(default_factory=dict)

    async def dispatch(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, DeliveryOutcome]:
        for message in messages:
            self.fuse.burn()
            self.taken.setdefault(message.email or "", []).append(message.id)
        return {message.id: DeliveryOutcome() for message in messages}


async def relay(office: BoxOffice, dispatcher: FusedDispatcher) -> None:
    """Run a relay until there is nothing to do or its process ends."""

    def fused(new_uow: Any) -> Any:
        return lambda: FusedUnit(new_uow(), dispatcher.fuse)

    store = office.store
    notify = NotifyBookers(fused(store.booking), BOOKING_LINKS, TimeOrderedIds(), store.clock, bookings_at_once=2)
    deliver = DeliverNotifications(fused(store.notifications), dispatcher, store.clock, limit=2)
    while await notify():
        pass
    while await deliver(asyncio.Event()):
        pass


@pytest.mark.parametrize("steps", range(STEPS + 1))
async def test_after_a_crash_at_any_step_the_next_relay_continues(office: BoxOffice, steps: int) -> None:
    event_id = await office.open(capacity=None)
    for person in await office.people(PEOPLE):
        await office.book(event_id, person)
    dispatcher = FusedDispatcher(Fuse(steps))
    try:
        await relay(office, dispatcher)
        assert steps > STEPS // 2
    except ProcessEnded:
        assert steps < STEPS
        office.store.clock.move(LEASE_DURATION)
        dispatcher.fuse = Fuse(1000)
        await relay(office, dispatcher)
    assert len(dispatcher.taken) == PEOPLE
    assert all(len(set(ids)) == 1 for ids in dispatcher.taken.values())
    async with office.store.notifications() as uow:
        kept = (await uow.notifications.search(NotificationFilter(), PageRequest(limit=100))).items
    assert Counter(each.status for each in kept) == {MessageStatus.SENT: PEOPLE}
