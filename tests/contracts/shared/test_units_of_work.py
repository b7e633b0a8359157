"""What every unit of work promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.booking.inventory import ChangeSet
from core.catalog.errors import EventNotFound
from tests.support.builders import NOW, an_event
from tests.support.stores import Store


async def test_what_is_committed_is_there_for_the_next(store: Store) -> None:
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    async with store.catalog() as uow:
        assert (await uow.events.view(event.id, NOW)).event == event


async def test_leaving_without_commit_changes_nothing(store: Store) -> None:
    kept, dropped = an_event(name="Kept"), an_event(name="Dropped")
    async with store.catalog() as uow:
        await uow.events.add(kept)
        await uow.commit()
    async with store.catalog() as uow:
        await uow.events.add(dropped)
        await uow.events.save(an_event(id=kept.id, name="Changed"))
    async with store.catalog() as uow:
        assert (await uow.events.view(kept.id, NOW)).event.name == "Kept"
        with pytest.raises(EventNotFound):
            await uow.events.view(dropped.id, NOW)


async def test_an_error_inside_changes_nothing(store: Store) -> None:
    event = an_event()

    async def fails_half_way() -> None:
        async with store.catalog() as uow:
            await uow.events.add(event)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_half_way()
    async with store.catalog() as uow:
        with pytest.raises(EventNotFound):
            await uow.events.view(event.id, NOW)


async def test_two_units_on_one_event_take_turns(store: Store) -> None:
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    order: list[str] = []
    first_holds, first_may_go = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with store.booking() as uow:
            inventory = await uow.inventory.get_for_update(event.id)
            first_holds.set()
            await first_may_go.wait()
            await uow.inventory.apply(ChangeSet(replace(inventory, held=1)))
            order.append("first")
            await uow.commit()

    async def second() -> None:
        await first_holds.wait()
        async with store.booking() as uow:
            inventory = await uow.inventory.get_for_update(event.id)
            order.append("second")
            assert inventory.held == 1

    async def opener() -> None:
        # Time enough for the second to get in, if nothing held it back.
        await first_holds.wait()
        await asyncio.sleep(0.2)
        first_may_go.set()

    await asyncio.gather(first(), second(), opener())
    assert order == ["first", "second"]
