"""Lists that have the newest first can be read from their other end, in every store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest

from core.accounts.ports import UserFilter
from core.booking.ports import BookingFilter
from core.jobs.ports import JobFilter
from core.notifications.ports import NotificationFilter
from core.shared.audit import AuditFilter
from core.shared.jobs import Job
from core.shared.paging import BadCursor, Page, PageRequest
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW
from tests.support.stores import Store


async def test_each_list_is_read_from_either_end(store: Store, office: BoxOffice) -> None:
    event_id = await office.open()
    for person in await office.people(3):
        await office.book(event_id, person)
    await office.notify()
    async with store.accounts() as accounts:
        await accounts.jobs.enqueue([Job("one"), Job("two"), Job("three")])
        for action in ("one", "two", "three"):
            await accounts.audit.write(action, store.clock.now())
        await accounts.commit()
    for read in (read_users, read_bookings, read_notifications, read_jobs, read_audit):
        await assert_both_ends(partial(read, store))


async def read_users(store: Store, page: PageRequest) -> Page[UUID]:
    async with store.accounts() as uow:
        return (await uow.users.search(UserFilter(), page)).map(lambda each: each.id)


async def read_bookings(store: Store, page: PageRequest) -> Page[UUID]:
    async with store.booking() as uow:
        return (await uow.bookings.search(BookingFilter(), page, NOW)).map(lambda each: each.booking.id)


async def read_notifications(store: Store, page: PageRequest) -> Page[UUID]:
    async with store.notifications() as uow:
        return (await uow.notifications.search(NotificationFilter(), page)).map(lambda each: each.id)


async def read_jobs(store: Store, page: PageRequest) -> Page[UUID]:
    async with store.jobs() as uow:
        return (await uow.records.search(JobFilter(), page)).map(lambda each: each.id)


async def read_audit(store: Store, page: PageRequest) -> Page[UUID]:
    async with store.accounts() as uow:
        return (await uow.audit.search(AuditFilter(), page)).map(lambda each: each.id)


async def assert_both_ends(read: Callable[[PageRequest], Awaitable[Page[UUID]]]) -> None:
    newest = list((await read(PageRequest())).items)
    assert len(newest) >= 3
    first = await read(PageRequest(limit=2, oldest_first=True))
    rest = await read(PageRequest(cursor=first.next_cursor, oldest_first=True))
    assert [*first.items, *rest.items] == newest[::-1]
    with pytest.raises(BadCursor):
        await read(PageRequest(cursor=first.next_cursor))
