"""Serving the files of images."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from core.media.ports import ObjectStore


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """Return the size of a picture, and its bytes or a part of them.

    Whoever knows the name may read it: names can't be guessed, and only those who may see an event learn them.
    """

    store: ObjectStore

    async def size_of(self, name: str) -> int:
        """Return the size in bytes. Raises PictureNotFound."""
        return await self.store.size_of(name)

    async def read(self, name: str, first: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `first` to before `end`, in chunks. Raises PictureNotFound."""
        return await self.store.read(name, first, end)
