"""Backing up, destroying and restoring, with both kinds of database (J7)."""

from __future__ import annotations

import resource
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from adapters.backups.archive import DUMP, BackupError, BackupWriter, Manifest
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import Schema, downgrade, find_schema
from core.shared.access import Role
from entrypoints.backups import back_up, restore
from entrypoints.platform import open_platform
from entrypoints.settings import Settings
from tests.support.platform import nocturne

EMAIL = "ada@example.com"


async def add_somebody(settings: Settings) -> None:
    async with open_platform(settings, create=True) as container:
        await container.add_user()(by=None, name="Ada", email=EMAIL, password="correct horse", role=Role.ADMIN)


def of_server(url: str, data_dir: Path) -> Settings:
    return Settings(database_url=url, jwt_secret="x" * 32, data_dir=data_dir)  # type: ignore[arg-type]  # pydantic's


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def emails(url: str) -> list[str]:
    async with connected(url) as connection:
        return list(await connection.scalars(text("SELECT email FROM users")))


@pytest.fixture
async def other_url(postgres_url: str) -> AsyncIterator[str]:
    """An empty database beside that of the tests."""
    url = make_url(postgres_url)
    name = f"{url.database}_restored"
    async with connected(postgres_url) as server:
        await server.execute(text(f"CREATE DATABASE {name} TEMPLATE nocturne"))
        yield url.set(database=name).render_as_string(hide_password=False)
        await server.execute(text(f"DROP DATABASE {name}"))


async def test_an_embedded_platform_is_restored_after_its_folder_was_deleted(data_dir: Path, tmp_path: Path) -> None:
    settings, file = Settings(data_dir=data_dir), tmp_path / "backup.tar"
    await add_somebody(settings)
    (data_dir / "media" / "ab").mkdir(parents=True)
    (data_dir / "media" / "ab" / "one.webp").write_bytes(b"one")
    done = await back_up(settings, file)
    assert (done.images, done.size) == (1, file.stat().st_size)
    assert file.stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path) == ["backup.tar"]

    shutil.rmtree(data_dir)
    restored = nocturne("restore", str(file), data_dir=data_dir)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.splitlines()[0].endswith("/data, with 1 image files.")
    assert restored.stdout.splitlines()[1].startswith("Every invariant holds")
    assert (data_dir / "media" / "ab" / "one.webp").read_bytes() == b"one"
    async with open_platform(settings) as container:
        assert await emails(container.settings.database_url()) == [EMAIL]
        with pytest.raises(BackupError, match="Others are connected to the embedded database"):
            await restore(settings, file, replace=True)


async def test_a_database_of_ones_own_is_restored_to_another_one(
    postgres_url: str, other_url: str, engine: object, tmp_path: Path
) -> None:
    source, target, file = of_server(postgres_url, tmp_path), of_server(other_url, tmp_path), tmp_path / "backup.tar"
    await add_somebody(source)
    await back_up(source, file)
    assert (await restore(target, file, replace=False)).findings == []
    assert await emails(other_url) == [EMAIL]
    with pytest.raises(BackupError, match=r"There is data in the database at .*: --replace deletes it"):
        await restore(target, file, replace=False)

    older = create_engine(other_url, 2)
    await downgrade(older, "-1")
    await back_up(target, file)
    await older.dispose()
    assert (await restore(target, file, replace=True)).findings == []
    assert await find_schema(older) is Schema.CURRENT
    await older.dispose()

    damaged = tmp_path / "damaged.tar"
    with damaged.open("w+b") as opened:
        writer = BackupWriter(opened, Manifest("0.1.0", "0001", 0, images=False, created_at=datetime.now(UTC)))
        writer.add(DUMP, [b"PGDMP and nothing that pg_restore can read"])
        writer.finish()
    with pytest.raises(BackupError, match="The dump can't be read: "):
        await restore(target, damaged, replace=True)
    assert await emails(other_url) == [EMAIL]


async def test_a_backup_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "newer.tar"
    with file.open("w+b") as opened:
        writer = BackupWriter(opened, Manifest("9.0.0", "9999", 18, images=False, created_at=datetime.now(UTC)))
        writer.add(DUMP, [b""])
        writer.finish()
    with pytest.raises(BackupError, match=r"made by a newer version of Nocturne \(9\.0\.0, schema 9999\)"):
        await restore(Settings(data_dir=tmp_path / "data"), file, replace=False)
    assert not (tmp_path / "data").exists()


async def test_a_backup_that_can_not_be_written_leaves_nothing_behind(
    postgres_url: str, engine: object, tmp_path: Path
) -> None:
    settings, file = of_server(postgres_url, tmp_path), tmp_path / "notes.txt"
    file.write_text("not a backup")
    with pytest.raises(BackupError, match=r"notes\.txt exists and is not a backup"):
        await back_up(settings, file)
    with pytest.raises(BackupError, match=r"can't be written: No such file or directory\.$"):
        await back_up(settings, tmp_path / "missing" / "backup.tar")
    with pytest.raises(BackupError, match=r"can't be written: File name too long\.$"):
        await back_up(settings, tmp_path / ("x" * 250))
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))  # like a disk that becomes full
    try:
        with pytest.raises(BackupError, match=r"backup\.tar can't be written: File too large\.$"):
            await back_up(settings, tmp_path / "backup.tar")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert names_in(tmp_path) == ["notes.txt"]
