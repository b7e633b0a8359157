"""Files of pictures in memory, in a folder and in S3."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.storage.object_stores import S3Access, open_storage
from core.media.errors import PictureNotFound, StorageUnavailable
from core.media.ports import ObjectStore
from core.shared.lifecycle import StartError

NAME, OTHER = "0a-full-1.jpg", "0a-card-2.webp"
LARGE = os.urandom(700_000)


async def read(storage: ObjectStore, name: str, first: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in await storage.read(name, first, end)])


async def test_a_file_is_read_as_it_was_stored_and_in_parts(storage: ObjectStore) -> None:
    await storage.put(NAME, LARGE)
    assert await storage.size_of(NAME) == len(LARGE)
    assert await read(storage, NAME) == LARGE
    assert await read(storage, NAME, 10, 20) == LARGE[10:20]
    assert await read(storage, NAME, 500_000, len(LARGE)) == LARGE[500_000:]
    assert await read(storage, NAME, len(LARGE) - 1) == LARGE[-1:]


async def test_storing_again_changes_nothing_else(storage: ObjectStore) -> None:
    await storage.put(NAME, b"same")
    await storage.put(OTHER, b"other")
    await storage.put(NAME, b"same")
    assert (await read(storage, NAME), await read(storage, OTHER)) == (b"same", b"other")


async def test_a_missing_file_is_not_found(storage: ObjectStore) -> None:
    with pytest.raises(PictureNotFound):
        await storage.size_of(NAME)
    with pytest.raises(PictureNotFound):
        await storage.read(NAME)


async def test_files_are_deleted_whether_they_exist_or_not(storage: ObjectStore) -> None:
    await storage.put(NAME, b"whole")
    await storage.put(OTHER, b"stays")
    await storage.delete(["0a-missing-3.jpg", NAME])
    await storage.delete([NAME])
    with pytest.raises(PictureNotFound):
        await storage.size_of(NAME)
    assert await storage.size_of(OTHER) == 5


async def test_a_storage_that_works_answers(storage: ObjectStore) -> None:
    await storage.ping()


async def test_a_folder_that_is_gone_is_reported(tmp_path: Path) -> None:
    storage = open_storage((tmp_path / "media").as_uri(), S3Access())
    await storage.start()
    (tmp_path / "media").rmdir()
    with pytest.raises(StorageUnavailable):
        await storage.ping()
    await storage.stop()


async def test_a_folder_that_cant_be_made_keeps_the_platform_from_starting(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")
    storage = open_storage((tmp_path / "media").as_uri(), S3Access())
    with pytest.raises(StartError, match="folder of pictures"):
        await storage.start()
    await storage.stop()


async def test_a_storage_that_does_not_answer_is_unavailable_and_no_key_is_logged() -> None:
    secret = "a-secret-key"
    access = S3Access("http://127.0.0.1:1", "us-east-1", access_key_id="key", secret_access_key=secret)
    storage = open_storage("s3://pictures/media", access)
    with capture_logs() as logged:
        for attempt in (storage.ping(), storage.size_of(NAME), storage.put(NAME, b"")):
            with pytest.raises(StorageUnavailable):
                await attempt
    assert len(logged) == 3
    assert secret not in f"{logged} {access}"
    await storage.stop()


@pytest.mark.parametrize(
    "url", ["", "media", "s3://", "s3://key:secret@bucket", "ftp://host/media", "file:///", "s3:/x"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="should be like s3://bucket/prefix"):
        open_storage(url, S3Access())
