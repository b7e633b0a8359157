"""Every storage that pictures can be kept in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.memory.object_store import MemoryObjectStore
from adapters.storage.object_stores import ObstoreObjects, S3Access, open_storage
from core.media.ports import ObjectStore
from tests.support.s3_server import BUCKET, S3Server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


def access(endpoint: str) -> S3Access:
    return S3Access(endpoint, "us-east-1", access_key_id="key", secret_access_key="secret")


@pytest.fixture(params=["memory", "folder", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param == "memory":
        yield MemoryObjectStore()
        return
    url = (tmp_path / "media").as_uri()
    opened: ObstoreObjects = open_storage(url, S3Access())
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        opened = open_storage(f"s3://{BUCKET}/{tmp_path.name}/media", access(server.url))
    await opened.start()
    yield opened
    await opened.stop()
