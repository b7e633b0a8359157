"""The images of events in every store, and what becomes of their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.object_store import MemoryObjectStore
from core.catalog.model import EventView
from core.media.editing import AddImages, DeleteImage
from core.media.errors import NoSuchEvent, UploadTooSlow
from core.media.maintaining import DeleteUnusedPictures, MakeThumbnails
from core.media.model import MAX_IMAGES_PER_REQUEST, RESERVATION, Upload
from core.media.ports import Uploads
from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.ids import EventId, ImageId, UserId
from core.shared.images import Image, Thumbnail
from core.shared.signals import EventsChanged, Signal
from tests.support.builders import NOW, an_event
from tests.support.pictures import Copies, stored_image
from tests.support.stores import Store, stored

ADMIN = Principal(UserId(uuid4()), Role.ADMIN)
AFTERWARDS = RESERVATION + timedelta(seconds=1)


class Files(Uploads):
    def __init__(self, *contents: bytes) -> None:
        self._contents = contents

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for content in self._contents:
            yield Upload("picture.jpg", content)

    def alt_of(self, index: int) -> str:
        return f"picture {index}"


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


class Dying(MemoryObjectStore):
    """A storage whose process is killed right before or after so many steps."""

    def __init__(self, files: dict[str, bytes], steps: int) -> None:
        super().__init__()
        self.files, self._steps = files, steps

    async def put(self, name: str, content: bytes) -> None:
        self._step()
        await super().put(name, content)

    async def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self._step()
            await super().delete([name])

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise Killed


@dataclass
class Gallery:
    """An event with what is needed to give it images."""

    store: Store
    files: MemoryObjectStore
    event_id: EventId

    async def add(self, *contents: bytes, files: MemoryObjectStore | None = None) -> tuple[Image, ...]:
        add = AddImages(self.store.media, Copies(), files or self.files, TimeOrdered(), self.store.clock)
        return await add(self.event_id, by=ADMIN, uploads=Files(*contents))

    async def delete(self, image: Image) -> None:
        await DeleteImage(self.store.media, self.store.clock)(self.event_id, image.id, by=ADMIN)

    async def make_thumbnails(self, image: Image, files: MemoryObjectStore | None = None) -> None:
        make = MakeThumbnails(self.store.media, Copies(), files or self.files, self.store.clock)
        await make(self.event_id, image.id)

    async def delete_unused(self, files: MemoryObjectStore | None = None) -> int:
        return await DeleteUnusedPictures(self.store.media, files or self.files, self.store.clock)()

    async def view(self) -> EventView:
        return await self.store.event_views.get(self.event_id, NOW)


class TimeOrdered:
    def new(self):  # type: ignore[no-untyped-def]
        return uuid4()


@pytest.fixture
async def gallery(store: Store) -> Gallery:
    event = an_event()
    await stored(store, event)
    return Gallery(store, MemoryObjectStore(), event.id)


async def test_images_are_part_of_the_event_in_their_order(gallery: Gallery) -> None:
    before = (await gallery.view()).event.version
    first, second = await gallery.add(b"first", b"second")
    view = await gallery.view()
    assert view.images == (first, second)
    assert view.event.version != before
    async with gallery.store.media() as uow:
        album = await uow.albums.get_for_update(gallery.event_id)
        await uow.albums.save(album.reorder([second.id, first.id], NOW).describe(first.id, "described", NOW))
        await uow.commit()
    assert [(image.id, image.alt) for image in (await gallery.view()).images] == [
        (second.id, "picture 1"),
        (first.id, "described"),
    ]


async def test_who_watches_the_event_learns_of_its_images(gallery: Gallery) -> None:
    heard: list[Signal] = []
    gallery.store.signals.subscribe(heard.extend)
    [image] = await gallery.add(b"whole")
    await gallery.make_thumbnails(image)
    await gallery.delete(image)
    await gallery.delete(image)
    assert heard == [EventsChanged((gallery.event_id,))] * 3


async def test_a_request_has_a_limited_number_of_images(gallery: Gallery) -> None:
    with pytest.raises(InvalidFields):
        await gallery.add(*[b"whole"] * (MAX_IMAGES_PER_REQUEST + 1))
    with pytest.raises(InvalidFields):
        await gallery.add()
    assert gallery.files.files == {}


async def test_nothing_changes_without_a_commit(gallery: Gallery) -> None:
    async with gallery.store.media() as uow:
        album = await uow.albums.get_for_update(gallery.event_id)
        await uow.albums.save(album.add([stored_image()], NOW))
        await uow.objects.reserve(["a"], NOW)
    assert (await gallery.view()).images == ()
    async with gallery.store.media() as uow:
        assert await uow.objects.take_unused(NOW, 10) == []


async def test_an_event_that_does_not_exist_has_no_album(store: Store) -> None:
    async with store.media() as uow:
        for load in (uow.albums.get, uow.albums.get_for_update):
            with pytest.raises(NoSuchEvent):
                await load(EventId(uuid4()))


async def test_thumbnails_are_made_once_and_are_no_edit(gallery: Gallery) -> None:
    [image] = await gallery.add(b"whole")
    version = (await gallery.view()).event.version
    for _ in range(2):
        await gallery.make_thumbnails(image)
    view = await gallery.view()
    assert view.images[0].thumbnails.keys() == set(Thumbnail)
    assert (view.event.version, len(gallery.files.files)) == (version, 1 + len(Thumbnail))
    gallery.store.clock.move(AFTERWARDS)
    assert await gallery.delete_unused() == 0


async def test_the_files_of_a_deleted_image_are_deleted(gallery: Gallery) -> None:
    kept, deleted = await gallery.add(b"kept", b"deleted")
    await gallery.make_thumbnails(deleted)
    for _ in range(2):  # idempotent
        await gallery.delete(deleted)
    assert await gallery.delete_unused() == 1 + len(Thumbnail)
    assert gallery.files.files == {kept.picture.name: b"kept"}
    await gallery.make_thumbnails(deleted)
    assert gallery.files.files == {kept.picture.name: b"kept"}


async def test_the_files_of_a_deleted_event_are_deleted(gallery: Gallery) -> None:
    await gallery.add(b"first", b"second")
    async with gallery.store.catalog() as uow:
        await uow.events.remove(gallery.event_id)
        await uow.commit()
    assert await gallery.delete_unused() == 2
    assert gallery.files.files == {}


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_a_process_that_is_killed_while_it_stores_images_leaves_nothing(gallery: Gallery, steps: int) -> None:
    with pytest.raises(Killed):
        await gallery.add(b"a", b"b", b"c", files=Dying(gallery.files.files, steps))
    assert len(gallery.files.files) == steps
    assert (await gallery.view()).images == ()
    assert await gallery.delete_unused() == 0, "an upload may still be in progress"
    gallery.store.clock.move(AFTERWARDS)
    assert await gallery.delete_unused() == 3
    assert gallery.files.files == {}


async def test_a_process_that_is_killed_before_the_commit_leaves_nothing(gallery: Gallery) -> None:
    [image] = await gallery.add(b"whole")
    with pytest.raises(Killed):
        await gallery.make_thumbnails(image, files=Dying(gallery.files.files, 3))
    gallery.store.clock.move(AFTERWARDS)
    assert await gallery.delete_unused() == len(Thumbnail)
    assert gallery.files.files == {image.picture.name: b"whole"}
    await gallery.make_thumbnails(image)
    assert len((await gallery.view()).images[0].thumbnails) == len(Thumbnail)


async def test_a_process_that_is_killed_while_it_deletes_files_leaves_the_rest_to_the_next(gallery: Gallery) -> None:
    for image in await gallery.add(b"a", b"b", b"c"):
        await gallery.delete(image)
    with pytest.raises(Killed):
        await gallery.delete_unused(files=Dying(gallery.files.files, 1))
    assert len(gallery.files.files) == 2
    assert await gallery.delete_unused() == 3
    assert gallery.files.files == {}


async def test_files_that_are_being_deleted_cant_be_claimed_any_more(gallery: Gallery) -> None:
    async with gallery.store.media() as uow:
        await uow.objects.reserve(["late"], NOW)
        await uow.commit()
    async with gallery.store.media() as uow:
        assert await uow.objects.take_unused(NOW, 10) == ["late"]
        await uow.commit()
    async with gallery.store.media() as uow:
        with pytest.raises(UploadTooSlow):
            await uow.objects.claim(["late"], ImageId(uuid4()), NOW)
    async with gallery.store.media() as uow:
        assert await uow.objects.take_unused(NOW, 10) == ["late"]
        await uow.objects.forget(["late"])
        assert await uow.objects.take_unused(NOW, 10) == []


async def test_only_some_unused_files_are_taken_at_a_time(gallery: Gallery) -> None:
    async with gallery.store.media() as uow:
        await uow.objects.reserve(["a", "b", "c"], NOW)
        assert len(await uow.objects.take_unused(NOW, 2)) == 2
