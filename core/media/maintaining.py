"""What workers do for images: making thumbnails, and deleting files that no image has any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.media.errors import ImageNotFound, NoSuchEvent, PictureNotFound
from core.media.model import RESERVATION, name_picture
from core.media.ports import ImageProcessor, MediaUnitOfWork, ObjectStore
from core.shared.clock import Clock
from core.shared.ids import EventId, ImageId
from core.shared.signals import EventsChanged

BATCH = 100
"""How many files are deleted between two transactions."""


@dataclass(frozen=True, slots=True)
class MakeThumbnails:
    """Make the thumbnails of an image, unless that was done. An image that was deleted has none."""

    new_uow: Callable[[], MediaUnitOfWork]
    processor: ImageProcessor
    store: ObjectStore
    clock: Clock

    async def __call__(self, event_id: EventId, image_id: ImageId) -> None:
        try:
            async with self.new_uow() as uow:
                image = (await uow.albums.get(event_id)).find(image_id)
            if image.thumbnails:
                return
            original = b"".join([chunk async for chunk in await self.store.read(image.picture.name)])
        except (NoSuchEvent, ImageNotFound, PictureNotFound):
            return
        made = await self.processor.make_thumbnails(original)
        thumbnails = {kind: name_picture(image_id, kind, picture) for kind, picture in made.items()}
        names = [picture.name for picture in thumbnails.values()]
        async with self.new_uow() as uow:
            await uow.objects.reserve(names, self.clock.now() + RESERVATION)
            await uow.commit()
        for kind, picture in thumbnails.items():
            await self.store.put(picture.name, made[kind].content)
        async with self.new_uow() as uow:
            try:
                album = (await uow.albums.get_for_update(event_id)).with_thumbnails(image_id, thumbnails)
            except (NoSuchEvent, ImageNotFound):
                return  # deleted meanwhile: the files are unused when their reservation ends
            await uow.albums.save(album)
            await uow.objects.claim(names, image_id, self.clock.now())
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class DeleteUnusedPictures:
    """Delete the files of deleted images, and those that a crash has left behind. Returns how many.

    Files that are being uploaded are reserved for an hour and stay. A crash at any step leaves files for the next run.
    """

    new_uow: Callable[[], MediaUnitOfWork]
    store: ObjectStore
    clock: Clock

    async def __call__(self) -> int:
        deleted = 0
        while True:
            async with self.new_uow() as uow:
                names = await uow.objects.take_unused(self.clock.now(), BATCH)
                await uow.commit()
            if not names:
                return deleted
            await self.store.delete(names)
            async with self.new_uow() as uow:
                await uow.objects.forget(names)
                await uow.commit()
            deleted += len(names)
