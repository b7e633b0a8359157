"""Lists that have the newest first can be read from their other end, in every store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

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

    async def users(page: PageRequest) -> Page[object]:
        async with store.accounts() as uow:
            return (await uow.users.search(UserFilter(), page)).map(lambda each: each.id)

    async def bookings(page: PageRequest) -> Page[object]:
        async with store.booking() as uow:
            found = await uow.bookings.search(BookingFilter(event_id=event_id), page, NOW)
        return found.map(lambda each: each.booking.id)

    async def notifications(page: PageRequest) -> Page[object]:
        async with store.notifications() as uow:
            return (await uow.notifications.search(NotificationFilter(), page)).map(lambda each: each.id)

    async def jobs(page: PageRequest) -> Page[object]:
        async with store.jobs() as uow:
            return (await uow.records.search(JobFilter(), page)).map(lambda each: each.id)

    async def audit(page: PageRequest) -> Page[object]:
        async with store.accounts() as uow:
            return (await uow.audit.search(AuditFilter(), page)).map(lambda each: each.id)

    for read in (users, bookings, notifications, jobs, audit):
        await assert_both_ends(read)


async def assert_both_ends(read: Callable[[PageRequest], Awaitable[Page[object]]]) -> None:
    newest = list((await read(PageRequest())).items)
    assert len(newest) >= 3
    first = await read(PageRequest(limit=2, oldest_first=True))
    rest = await read(PageRequest(cursor=first.next_cursor, oldest_first=True))
    assert [*first.items, *rest.items] == newest[::-1]
    with pytest.raises(BadCursor):
        await read(PageRequest(cursor=first.next_cursor))
