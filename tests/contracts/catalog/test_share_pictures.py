"""The painted pictures of links to events, in every store, and how they come to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.posters.artist import SvgPosters
from core.catalog.model import EventView
from core.catalog.picturing import DeleteSharePictures, PaintSharePicture, PrepareSharePicture, ReadSharePicture
from core.catalog.posters import SharePicture, share_picture_of
from core.jobs.model import JobRecord
from core.jobs.ports import JobFilter
from core.shared.paging import PageRequest
from tests.support.builders import NOW, an_event
from tests.support.stores import Store


async def add_event(store: Store) -> EventView:
    event = an_event()
    async with store.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
        return await uow.events.view(event.id, NOW)


async def save(store: Store, picture: SharePicture, content: bytes) -> None:
    async with store.catalog() as uow:
        await uow.share_pictures.save(picture, content)
        await uow.commit()


async def get(store: Store, picture: SharePicture) -> bytes | None:
    async with store.catalog() as uow:
        return await uow.share_pictures.get(picture)


async def painting_jobs(store: Store) -> Sequence[JobRecord]:
    async with store.jobs() as uow:
        return (await uow.records.search(JobFilter(task="paint-share-picture"), PageRequest())).items


async def test_a_picture_is_kept_until_the_event_looks_different(store: Store) -> None:
    picture = share_picture_of(await add_event(store))
    assert await get(store, picture) is None
    await save(store, picture, b"first")
    assert await get(store, picture) == b"first"
    async with store.catalog() as uow:
        assert await uow.share_pictures.has(picture)
        assert not await uow.share_pictures.has(replace(picture, title="Renamed"))
    renamed = replace(picture, title="Renamed")
    assert await get(store, renamed) is None
    await save(store, renamed, b"second")
    assert await get(store, renamed) == b"second"
    assert await get(store, picture) is None


async def test_a_deleted_event_has_no_picture(store: Store) -> None:
    view = await add_event(store)
    picture = share_picture_of(view)
    await save(store, picture, b"first")
    async with store.catalog() as uow:
        await uow.events.remove(view.event.id)
        await uow.commit()
    assert await get(store, picture) is None
    await save(store, picture, b"too late")
    assert await get(store, picture) is None


async def test_pictures_of_events_that_ended_long_ago_are_deleted(store: Store) -> None:
    picture = share_picture_of(await add_event(store))
    await save(store, picture, b"first")
    delete = DeleteSharePictures(store.catalog, store.clock, timedelta(days=30))
    assert await delete() == 0
    assert await get(store, picture) == b"first"
    store.clock.move(timedelta(days=40))
    assert await delete() == 1
    assert await get(store, picture) is None


async def test_a_picture_is_painted_by_a_job_when_it_is_asked_for(store: Store) -> None:
    view = await add_event(store)
    read = ReadSharePicture(store.catalog)
    assert await read(view) is None
    assert await read(view) is None
    assert [record.job.arguments for record in await painting_jobs(store)] == [{"events": str(view.event.id)}]


async def test_a_picture_can_be_prepared_before_it_is_asked_for(store: Store) -> None:
    view = await add_event(store)
    await PrepareSharePicture(store.catalog)(view)
    await PrepareSharePicture(store.catalog)(view)
    assert len(await painting_jobs(store)) == 1


async def test_painting_stores_the_picture_once(store: Store) -> None:
    view = await add_event(store)
    artist = SvgPosters("Nocturne")
    paint = PaintSharePicture(store.event_views, store.catalog, artist, store.clock)
    await paint(view.event.id)
    content = await ReadSharePicture(store.catalog)(view)
    assert content is not None
    assert content.startswith(b"\x89PNG")
    await save(store, share_picture_of(view), b"kept")
    await paint(view.event.id)
    assert await get(store, share_picture_of(view)) == b"kept"


async def test_painting_for_an_event_that_was_deleted_does_nothing(store: Store) -> None:
    paint = PaintSharePicture(store.event_views, store.catalog, SvgPosters("Nocturne"), store.clock)
    await paint(an_event().id)
