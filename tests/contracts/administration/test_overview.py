"""What needs an admin's attention, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from core.accounts.model import OrganizerRequest
from core.administration.overview import Concern
from core.catalog.model import EventStatus
from core.discovery.model import RunReport, Source
from core.shared.access import Role
from core.shared.errors import Forbidden
from core.shared.ids import OrganizerRequestId, RunId
from core.shared.messages import Message, MessageStatus
from tests.support.administration_app import administration_app
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW, a_person, a_user
from tests.support.stores import Store


async def test_a_quiet_platform_needs_nothing(store: Store) -> None:
    app = await administration_app(store)
    assert list(await app.concerns(by=app.by)) == []
    with pytest.raises(Forbidden):
        await app.concerns(by=a_person(Role.ORGANIZER))


async def test_everything_that_needs_attention_is_named(store: Store, office: BoxOffice) -> None:
    app = await administration_app(store)
    event_id = await office.open(name="Moved show")
    [person] = await office.people(1)
    await office.book(event_id, person)
    await office.change(event_id, status=EventStatus.INACTIVE)
    await office.open(name="Nobody's", status=EventStatus.INACTIVE)
    asking = a_user("bob@example.com", name="Bob")
    async with store.accounts() as accounts:
        await accounts.users.add(asking)
        await accounts.organizer_requests.put(OrganizerRequest(OrganizerRequestId(UUID(int=7)), asking.id, "", NOW))
        await accounts.outbox.add([Message(UUID(int=8), "topic", NOW, email="x@example.com")])
        await accounts.commit()
    async with store.notifications() as uow:
        waiting = await uow.notifications.get_for_update(UUID(int=8))
        await uow.notifications.save(replace(waiting, status=MessageStatus.DEAD, last_error="550 unknown"))
        await uow.commit()
    async with store.discovery() as discovery:
        for number, source, failure, quarantined in (
            (1, Source.DICE, "it found no events", True),
            (2, Source.MEETUP, "time-out", False),
            (3, Source.WEB, "time-out", False),
            (4, Source.WEB, None, False),
        ):
            at = NOW + timedelta(minutes=number)
            report = RunReport(source, None, at, at, failure=failure, quarantined=quarantined)
            await discovery.runs.add(RunId(UUID(int=number)), report)
        await discovery.commit()
    assert [(each.concern, each.count, each.examples) for each in await app.concerns(by=app.by)] == [
        (Concern.DEAD_NOTIFICATIONS, 1, ("550 unknown",)),
        (Concern.HIDDEN_EVENTS, 1, ("Moved show",)),
        (Concern.QUARANTINED_SOURCES, 1, (Source.DICE,)),
        (Concern.FAILED_SOURCES, 1, (Source.MEETUP,)),
        (Concern.ORGANIZER_REQUESTS, 1, ("Bob",)),
    ]
