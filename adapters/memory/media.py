"""Images of events in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, StoredFile
from core.catalog.model import EventStatus
from core.media.errors import NoSuchEvent, UploadTooSlow
from core.media.model import Album
from core.media.ports import Albums, MediaUnitOfWork, StoredObjects
from core.shared.ids import EventId, ImageId


class MemoryAlbums(Albums):
    def __init__(self, store: MemoryStore) -> None:
        self._events, self._images = store.events, store.images

    async def get(self, event_id: EventId) -> Album:
        event = self._events.get(event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        is_hidden = event.status is EventStatus.INACTIVE
        return Album(event_id, event.organizer_id, is_hidden, event.updated_at, self._images.get(event_id) or ())

    async def get_for_update(self, event_id: EventId) -> Album:
        return await self.get(event_id)

    async def save(self, album: Album) -> None:
        event = self._events.get(album.event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        self._events.put(event.id, replace(event, updated_at=album.updated_at))
        self._images.put(event.id, album.images)


class MemoryStoredObjects(StoredObjects):
    def __init__(self, store: MemoryStore) -> None:
        self._files, self._images = store.stored_files, store.images

    async def reserve(self, names: Sequence[str], until: datetime) -> None:
        for name in names:
            self._files.put(name, StoredFile(name, until))

    async def claim(self, names: Sequence[str], image_id: ImageId, now: datetime) -> None:
        for name in names:
            file = self._files.get(name)
            if file is None or file.is_abandoned:
                raise UploadTooSlow("It took too long to store the picture. Upload it again.")
            self._files.put(name, replace(file, image_id=image_id, reserved_until=now))

    async def take_unused(self, now: datetime, limit: int) -> Sequence[str]:
        kept = {image.id for images in self._images for image in images}
        unused = [
            file
            for file in self._files
            if file.image_id not in kept and (file.is_abandoned or file.reserved_until <= now)
        ]
        for file in unused[:limit]:
            self._files.put(file.name, replace(file, image_id=None, is_abandoned=True))
        return [file.name for file in unused[:limit]]

    async def forget(self, names: Sequence[str]) -> None:
        for name in names:
            if self._files.get(name) is not None:
                self._files.remove(name)


class MemoryMediaUnitOfWork(MemoryUnitOfWork, MediaUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.albums = MemoryAlbums(store)
        self.objects = MemoryStoredObjects(store)
