"""The demo is removed with its people; what other people have booked stays, and they get its places."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.verification.verify import verify
from core.accounts.ports import UserFilter
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter
from core.catalog.search import EventQuery
from core.shared.access import Role
from core.shared.paging import PageRequest
from entrypoints.demo import DemoRemoval, remove_demo, seed_demo_when_empty
from entrypoints.demo_programme.people import ORGANIZER_EMAIL
from tests.support.builders import NOW
from tests.support.served import close_pools, container_of


async def test_whoever_waits_for_a_full_night_of_the_demo_gets_a_place(engine: AsyncEngine, postgres_url: str) -> None:
    container = container_of("postgres", postgres_url)
    await seed_demo_when_empty(container)
    ada = await container.add_user()(
        by=None, name="Ada", email="ada@example.com", password="correct horse", role=Role.USER
    )
    found = await container.search_events()(EventQuery(now=NOW, text="fado"), PageRequest())
    [event_id] = [view.event.id for view in found.items]
    place = container.use_cases().booking.place
    waiting = await place(event_id, by=ada.principal, key="k", quantity=2)
    assert waiting.view.booking.status is BookingStatus.WAITLISTED

    assert await remove_demo(container, lambda _: None) == DemoRemoval(removed=59, kept=1)

    async with container.booking() as uow:
        page = await uow.bookings.search(BookingFilter(event_id=event_id), PageRequest(limit=100), NOW)
    active = [view.booking for view in page.items if view.booking.status is not BookingStatus.CANCELLED]
    assert [(each.user_id, each.status, each.quantity) for each in active] == [(ada.id, BookingStatus.CONFIRMED, 2)]
    async with container.accounts() as uow:
        users = await uow.users.search(UserFilter(), PageRequest(limit=100))
        organizer = await uow.users.by_email(ORGANIZER_EMAIL)
    assert organizer is not None
    assert {user.password_hash for user in users.items if user.id != ada.id} == {"!"}
    assert await verify(engine, NOW) == []
    await close_pools(container)
