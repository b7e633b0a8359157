"""Ports of the media slice: albums, the processor of pictures, and the storage of their files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.media.model import Album, EncodedPicture, Upload
from core.shared.ids import EventId, ImageId
from core.shared.images import Thumbnail
from core.shared.unit_of_work import UnitOfWork


class Uploads(Protocol):
    """The files of one request, read while they arrive, so that few of them are in memory at a time."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[Upload]:
        """Yield the files in their order. Raises ImageTooLarge and InvalidFields."""

    @abstractmethod
    def alt_of(self, index: int) -> str:
        """Return the text that came with the file at this index, counted from 0; complete after the iteration."""


class ImageProcessor(Protocol):
    """Decodes pictures outside of this process, at a bounded cost in memory and time."""

    @abstractmethod
    async def prepare(self, content: bytes) -> EncodedPicture:
        """Decode a file completely and encode it again: upright, in sRGB, without metadata, of a limited size.

        Raises UnsupportedImage, ImageTooLarge or DamagedImage; Unavailable if too many wait for it.
        """

    @abstractmethod
    async def make_thumbnails(self, content: bytes) -> Mapping[Thumbnail, EncodedPicture]:
        """Return all thumbnails of a prepared picture. None is larger than the picture. Raises as `prepare` does."""


class ObjectStore(Protocol):
    """Files by their names. A file is complete or missing, and its content never changes.

    Each method raises StorageUnavailable if the storage does not respond.
    """

    @abstractmethod
    async def put(self, name: str, content: bytes) -> None:
        """Store a file durably. Idempotent."""

    @abstractmethod
    async def size_of(self, name: str) -> int:
        """Return the size in bytes. Raises PictureNotFound."""

    @abstractmethod
    async def read(self, name: str, first: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `first` to before `end`, which must be within the file, in chunks.

        Raises PictureNotFound.
        """

    @abstractmethod
    async def delete(self, names: Sequence[str]) -> None:
        """Delete files. Idempotent: those that are missing don't matter."""

    @abstractmethod
    async def ping(self) -> None:
        """Check that the storage can be used."""


class Albums(Protocol):
    @abstractmethod
    async def get(self, event_id: EventId) -> Album:
        """Return the images of an event. Raises NoSuchEvent."""

    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Album:
        """Return the images of an event, which is locked until the unit of work ends. Raises NoSuchEvent."""

    @abstractmethod
    async def save(self, album: Album) -> None:
        """Store the images of an event, in their order, and when they were edited. The files of images that it no
        longer has become unused.
        """


class StoredObjects(Protocol):
    """Which files are in the storage, or will be soon, and which image each belongs to.

    A file whose image was deleted is unused, however that happened: by itself, or with its event.
    """

    @abstractmethod
    async def reserve(self, names: Sequence[str], until: datetime) -> None:
        """Note files that are about to be stored. They are unused from `until` on, unless they are claimed."""

    @abstractmethod
    async def claim(self, names: Sequence[str], image_id: ImageId, now: datetime) -> None:
        """Assign reserved files to a saved image, to which they belong as long as it exists.

        Raises UploadTooSlow if one of them is being deleted.
        """

    @abstractmethod
    async def take_unused(self, now: datetime, limit: int) -> Sequence[str]:
        """Return at most `limit` unused files, which nobody can claim any more. They are returned until forgotten."""

    @abstractmethod
    async def forget(self, names: Sequence[str]) -> None:
        """Forget files that are deleted from the storage."""


class MediaUnitOfWork(UnitOfWork, Protocol):
    albums: Albums
    objects: StoredObjects
