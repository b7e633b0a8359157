"""Demo data: a programme of nights with the people who go to them for a new installation, or a generated catalog."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from adapters.postgres.booking.removing import (
    Bookers,
    find_active_bookings,
    remove_accounts,
    remove_events,
)
from adapters.postgres.catalog.loading import find_event_ids
from adapters.postgres.shared.engine import without_timeouts, without_waiting_for_disk
from container import Container
from core.accounts.errors import EmailTaken
from core.catalog.errors import AreaExists, AreaInUse
from core.catalog.search import EventQuery
from core.shared.access import Principal, Role
from core.shared.paging import PageRequest
from entrypoints.demo_catalog.generator import SOURCE_ID_PREFIX, CatalogGenerator
from entrypoints.demo_catalog.loading import load_catalog
from entrypoints.demo_programme.accounts import (
    LOCKED_ACCOUNT_HASH,
    add_organizer,
    find_accounts,
    set_password_hash,
)
from entrypoints.demo_programme.people import DOMAIN, FORMER_ORGANIZER_EMAIL, ORGANIZER_EMAIL
from entrypoints.demo_programme.programme import FORMER_HALLS, HALLS
from entrypoints.demo_programme.seeding import seed_programme


@dataclass(frozen=True, slots=True)
class DemoRemoval:
    """How many demo events were removed, and how many kept since other people have booked them."""

    removed: int
    kept: int


async def seed_demo_when_empty(container: Container) -> bool:
    """Create the demo if there are no events or areas yet. Return whether it was created. Nobody can log in to its
    accounts until they get passwords.
    """
    anything = EventQuery(now=container.clock().now(), include_past=True)
    events = await container.search_events()(anything, PageRequest(limit=1))
    if events.total or await container.list_areas()():
        return False
    hurry = without_waiting_for_disk(container.engine()) if container.settings.store() == "postgres" else nullcontext()
    try:
        with hurry:
            await seed_programme(container)
    except (AreaExists, EmailTaken):  # another process is creating it
        return False
    return True


async def seed_catalog(container: Container, count: int, report: Callable[[int], None]) -> int:
    """Generate so many events, except those that are there already. Return how many were created.

    `report` is called with the number of events stored so far.
    """
    organizer = await add_organizer(container)
    generator = CatalogGenerator(now=container.clock().now(), organizer_id=organizer.id)
    return await load_catalog(container.engine(), generator, organizer.id, count, report)


async def remove_demo(container: Container, report: Callable[[int], None]) -> DemoRemoval:
    """Delete the demo: its events that nobody else has booked, generated ones too, then its areas without events, and
    its accounts. In the events that are kept the bookings of the demo are cancelled, and the accounts that are needed
    for them are locked.

    `report` is called with the number of events dealt with so far.
    """
    users = await find_accounts(container)
    organizers = [user for user in users if user.email in (ORGANIZER_EMAIL, FORMER_ORGANIZER_EMAIL)]
    if not organizers:
        return DemoRemoval(0, 0)
    for user in users:  # which ends their sessions, too
        if user.password_hash != LOCKED_ACCOUNT_HASH:
            await set_password_hash(container, user.id, LOCKED_ACCOUNT_HASH)
    admin = Principal(organizers[0].id, Role.ADMIN)
    bookers = Bookers([user.id for user in users], DOMAIN)
    async with without_timeouts(container.engine()) as engine:
        event_ids = await find_event_ids(engine, [user.id for user in organizers], SOURCE_ID_PREFIX)
        removed = await remove_events(engine, event_ids, bookers, report)
        if removed < len(event_ids):
            for booking_id in await find_active_bookings(engine, bookers):
                await container.cancel_booking()(booking_id, by=admin)
        await remove_accounts(engine, bookers)
    await _remove_areas(container, admin)
    return DemoRemoval(removed, kept=len(event_ids) - removed)


async def _remove_areas(container: Container, admin: Principal) -> None:
    halls = {(hall.name, hall.city.name) for hall in HALLS} | FORMER_HALLS
    for summary in await container.list_areas()():
        if (summary.area.name, summary.area.city) in halls:
            with suppress(AreaInUse):
                await container.delete_area()(summary.area.id, by=admin)
