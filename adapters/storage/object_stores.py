"""Files in a folder or in S3, by obstore.

The library is called in threads. Its asynchronous functions resume Python from threads of their own, which aborts the
process if it ends at that moment (seen with 0.12.1).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from adapters.storage.locations import parse_storage_url
from core.media.errors import PictureNotFound, StorageUnavailable
from core.media.ports import ObjectStore
from core.shared.lifecycle import Lifecycle, StartError

T = TypeVar("T")

THREADS = 8
CHUNK_BYTES = 256 * 1024
_TIMEOUTS: Any = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=30)}
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
_END = b""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class S3Access:
    """How to reach object storage. What is None is found by the library, as the role of a server."""

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


class ObstoreObjects(ObjectStore, Lifecycle):
    """A storage that obstore has a client for."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

    async def put(self, name: str, content: bytes) -> None:
        await self._call(obstore.put, self._store, name, content)

    async def size_of(self, name: str) -> int:
        size: int = (await self._call(obstore.head, self._store, name))["size"]
        return size

    async def read(self, name: str, first: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        options: Any = (
            {} if end is None and not first else {"range": {"offset": first} if end is None else (first, end)}
        )
        found = await self._call(obstore.get, self._store, name, options=options)
        return self._chunks(iter(found.stream(min_chunk_size=CHUNK_BYTES)))

    async def _chunks(self, stream: Any) -> AsyncIterator[bytes]:
        while chunk := bytes(await self._call(next, stream, _END)):
            yield chunk

    async def delete(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(PictureNotFound):
                await self._call(obstore.delete, self._store, name)

    async def ping(self) -> None:
        # A list, since a missing bucket and a missing file look alike otherwise.
        await self._call(lambda: list(obstore.list(self._store, prefix="ping")))

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def _call(self, function: Callable[..., T], *arguments: Any, **options: Any) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: function(*arguments, **options))
        except FileNotFoundError as error:
            raise PictureNotFound("There is no such picture.") from error
        except (BaseError, OSError) as error:
            # Its message may have addresses and the path of the folder, but no keys.
            _log.warning("the storage failed", reason=str(error).partition("\n")[0])
            raise StorageUnavailable("Pictures can't be stored or read right now. Try again in a moment.") from error


class FolderObjects(ObstoreObjects):
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(None)
        self._folder = folder

    async def start(self) -> None:
        """Create the folder if it is missing. Raises StartError."""
        try:
            self._store = LocalStore(self._folder.resolve(), mkdir=True)
        except (BaseError, OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise StartError(f"The folder of pictures {self._folder} can't be created: {reason}") from error

    async def put(self, name: str, content: bytes) -> None:
        await super().put(name, content)
        await self._call(self._sync, name)

    def _sync(self, name: str) -> None:
        """Have the file and its entry in the folder written to the disk, as the database does with its rows."""
        for path in (self._folder / name, self._folder):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    async def ping(self) -> None:
        if not os.access(self._folder, os.W_OK):
            raise StorageUnavailable("The folder of pictures is missing, or can't be written to.")


def open_storage(url: str, access: S3Access) -> ObstoreObjects:
    """Return the storage at a URL (see `locations`). Raises ValueError."""
    location = parse_storage_url(url)
    if isinstance(location, Path):
        return FolderObjects(location)
    bucket, prefix = location
    known: dict[str, Any] = {name: value for name, value in asdict(access).items() if value}
    options: Any = {**_TIMEOUTS, "allow_http": (access.endpoint or "").startswith("http://")}
    return ObstoreObjects(
        S3Store(bucket, prefix=prefix or None, client_options=options, retry_config=_RETRIES, **known)
    )
