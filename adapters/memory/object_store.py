"""Files of pictures in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from core.media.errors import PictureNotFound
from core.media.ports import ObjectStore


class MemoryObjectStore(ObjectStore):
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, name: str, content: bytes) -> None:
        self.files[name] = content

    async def size_of(self, name: str) -> int:
        return len(self._find(name))

    async def read(self, name: str, first: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return _chunks(self._find(name)[first:end])

    async def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.files.pop(name, None)

    async def ping(self) -> None: ...

    def _find(self, name: str) -> bytes:
        if name not in self.files:
            raise PictureNotFound("There is no such picture.")
        return self.files[name]


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
