"""Adding, describing, ordering and deleting the images of an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.media.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from core.media.model import (
    FULL,
    MAX_IMAGES_PER_REQUEST,
    RESERVATION,
    Album,
    EncodedPicture,
    check_alt,
    name_picture,
)
from core.media.ports import ImageProcessor, MediaUnitOfWork, ObjectStore, Uploads
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.errors import InvalidFields
from core.shared.ids import EventId, IdGenerator, ImageId
from core.shared.images import Image
from core.shared.jobs import delete_unused_pictures, make_thumbnails
from core.shared.signals import EventsChanged


@dataclass(frozen=True, slots=True)
class AddImages:
    """Add images to an event, after those it has: all of them or none. Its organizer and admins only.

    Every file is decoded and encoded again, so that what is stored is a picture and nothing else: upright, and without
    any metadata such as the place where it was taken. Thumbnails follow by a job.
    """

    new_uow: Callable[[], MediaUnitOfWork]
    processor: ImageProcessor
    store: ObjectStore
    ids: IdGenerator
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, uploads: Uploads) -> tuple[Image, ...]:
        async with self.new_uow() as uow:
            album = await uow.albums.get(event_id)
        album.must_be_managed_by(by)
        pictures = await self._prepare(uploads, album)
        added = [self._image(picture, uploads.alt_of(index)) for index, picture in enumerate(pictures)]
        names = [image.picture.name for image in added]
        # Reserved first: if this process dies, what it has stored is found and deleted.
        async with self.new_uow() as uow:
            await uow.objects.reserve(names, self.clock.now() + RESERVATION)
            await uow.commit()
        for name, picture in zip(names, pictures, strict=True):
            await self.store.put(name, picture.content)
        async with self.new_uow() as uow:
            album = await uow.albums.get_for_update(event_id)
            album.must_be_managed_by(by)
            now = self.clock.now()
            await uow.albums.save(album.add(added, now))
            for image in added:
                await uow.objects.claim([image.picture.name], image.id, now)
            await record_action(uow.audit, by, "event.changed", event_id, now, images=f"{len(added)} added")
            await uow.jobs.enqueue([make_thumbnails(event_id, image.id) for image in added])
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
        return tuple(added)

    async def _prepare(self, uploads: Uploads, album: Album) -> list[EncodedPicture]:
        pictures: list[EncodedPicture] = []
        async for upload in uploads:
            if len(pictures) == MAX_IMAGES_PER_REQUEST:
                raise InvalidFields({"images": [f"Send at most {MAX_IMAGES_PER_REQUEST} images at a time."]})
            album.must_have_room_for(len(pictures) + 1)
            try:
                pictures.append(await self.processor.prepare(upload.content))
            except (DamagedImage, ImageTooLarge, UnsupportedImage) as refusal:
                raise type(refusal)(refusal.detail, file=upload.name, index=len(pictures)) from refusal
        if not pictures:
            raise InvalidFields({"images": ["Send at least one image."]})
        return pictures

    def _image(self, picture: EncodedPicture, alt: str) -> Image:
        image_id = ImageId(self.ids.new())
        return Image(image_id, check_alt(alt), name_picture(image_id, FULL, picture))


@dataclass(frozen=True, slots=True)
class DescribeImage:
    """Say in words what an image shows, for people who don't see it. The event's organizer and admins only."""

    new_uow: Callable[[], MediaUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, image_id: ImageId, *, by: Principal, alt: str) -> Image:
        now = self.clock.now()
        async with self.new_uow() as uow:
            album = await uow.albums.get_for_update(event_id)
            album.must_be_managed_by(by)
            changed = album.describe(image_id, check_alt(alt), now)
            await uow.albums.save(changed)
            await record_action(uow.audit, by, "event.changed", event_id, now, images="1 described")
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
        return changed.find(image_id)


@dataclass(frozen=True, slots=True)
class ReorderImages:
    """Put all images of an event into a new order; the first one represents it. Its organizer and admins only.

    An order that does not name the images which the event has now is refused.
    """

    new_uow: Callable[[], MediaUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, image_ids: Sequence[ImageId]) -> tuple[Image, ...]:
        now = self.clock.now()
        async with self.new_uow() as uow:
            album = await uow.albums.get_for_update(event_id)
            album.must_be_managed_by(by)
            changed = album.reorder(image_ids, now)
            await uow.albums.save(changed)
            await record_action(uow.audit, by, "event.changed", event_id, now, images="reordered")
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
        return changed.images


@dataclass(frozen=True, slots=True)
class DeleteImage:
    """Delete an image of an event and, by a job, its files. Its organizer and admins only. Idempotent."""

    new_uow: Callable[[], MediaUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, image_id: ImageId, *, by: Principal) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            album = await uow.albums.get_for_update(event_id)
            album.must_be_managed_by(by)
            changed = album.remove(image_id, now)
            if changed is album:
                return
            await uow.albums.save(changed)
            await record_action(uow.audit, by, "event.changed", event_id, now, images="1 deleted")
            await uow.jobs.enqueue([delete_unused_pictures()])
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
