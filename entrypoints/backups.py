"""Backing up the platform into one file, and restoring it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.backups.archive import (
    DUMP,
    MEDIA,
    Backup,
    BackupError,
    BackupWriter,
    Manifest,
    is_backup,
    open_backup,
    read_chunks,
)
from adapters.backups.client_programs import ClientPrograms, find_programs
from adapters.embedded_postgres.location import client_programs
from adapters.postgres.shared.database import report_failures
from adapters.postgres.shared.engine import create_engine, without_timeouts
from adapters.postgres.shared.migrations import Schema, compare_schema, exclude_migrations, find_revisions
from adapters.postgres.verification.verify import Finding, verify
from adapters.storage.locations import parse_storage_url
from entrypoints.platform import describe_database, open_platform, run_database
from entrypoints.settings import Profile, Settings, storage_url

_SERVER_MAJOR = "SELECT current_setting('server_version_num')::int / 10000"
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
_OTHER_CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)


@dataclass(frozen=True, slots=True)
class BackupDone:
    """What a backup is, how many images are in it (None: they are in S3), and its size in bytes."""

    manifest: Manifest
    images: int | None
    size: int


@dataclass(frozen=True, slots=True)
class RestoreDone:
    """What was restored: with how many images (None: not to this storage), and what is wrong with the data."""

    manifest: Manifest
    images: int | None
    findings: list[Finding]


async def back_up(settings: Settings, file: Path) -> BackupDone:
    """Write a backup, also while the platform is running. It has the database as it was at one moment, and all images
    of that moment. The file is complete or not there. Raises BackupError and StartError.
    """
    async with _reach_database(settings) as engine:
        revisions = await find_revisions(engine)
        async with engine.connect() as connection:
            server_major = int(await connection.scalar(text(_SERVER_MAJOR)) or 0)
        programs = _find_programs(settings, engine, at_least=server_major)
        if not revisions:
            raise BackupError(f"There is nothing to back up in {describe_database(settings)}: it has no schema.")
        folder = media_folder(settings)
        manifest = Manifest(version("nocturne"), revisions.pop(), programs.major, folder is not None, datetime.now(UTC))
        images, size = await asyncio.to_thread(_write, file, manifest, programs, folder)
        return BackupDone(manifest, images if folder else None, size)


async def restore(settings: Settings, file: Path, *, replace: bool) -> RestoreDone:
    """Restore a backup into a database that nobody uses, migrate it, and verify it. Data that is there is replaced if
    `replace`, otherwise refused. The database gets all of it or nothing. Raises BackupError and StartError.
    """
    with open_backup(file) as backup:
        if compare_schema({backup.manifest.schema}) is Schema.NEWER:
            raise BackupError(
                f"{file} was made by a newer version of Nocturne ({backup.manifest.version}, schema "
                f"{backup.manifest.schema}): install that version."
            )
        folder = media_folder(settings) if backup.manifest.images else None
        async with _reach_database(settings, create=True) as engine:
            async with _use_alone(settings, engine, replace=replace) as server_major:
                programs = _find_programs(settings, engine, at_least=backup.manifest.dumped_by)
                await asyncio.to_thread(_load, backup, programs, server_major, folder)
            async with open_platform(settings) as container:
                await _analyze(engine)
                findings = await verify(engine, container.clock().now())
        return RestoreDone(backup.manifest, len(backup.images) if folder else None, findings)


def media_folder(settings: Settings) -> Path | None:
    """Return the folder of the images; None if they are in S3."""
    location = parse_storage_url(storage_url(settings))
    return location if isinstance(location, Path) else None


@asynccontextmanager
async def _reach_database(settings: Settings, *, create: bool = False) -> AsyncIterator[AsyncEngine]:
    async with run_database(settings, create=create) as url:
        engine = create_engine(url, pool_size=2)
        try:
            with report_failures(engine, "can't be used"):
                yield engine
        finally:
            await engine.dispose()


@asynccontextmanager
async def _use_alone(settings: Settings, engine: AsyncEngine, *, replace: bool) -> AsyncIterator[int]:
    """Keep processes of the platform from starting, and yield the major version of the server. Raises BackupError if
    something is connected to the database, or if there is data in it that may not be replaced.
    """
    async with without_timeouts(engine) as patient, exclude_migrations(patient) as connection:
        if others := await connection.scalar(text(_OTHER_CONNECTIONS)):
            raise BackupError(
                f"Others are connected to {describe_database(settings)} ({others}): stop the platform, its workers and "
                "whatever else uses it. Nothing was changed."
            )
        if not replace and await connection.scalar(text(_TABLES)):
            raise BackupError(
                f"There is data in {describe_database(settings)}: --replace deletes it and restores the backup in its "
                "place. Nothing was changed."
            )
        yield int(await connection.scalar(text(_SERVER_MAJOR)) or 0)


def _find_programs(settings: Settings, engine: AsyncEngine, *, at_least: int) -> ClientPrograms:
    """Prefer the programs of this machine for servers: those that came with the platform can't use TLS."""
    is_embedded, ours, theirs = settings.profile is Profile.EMBEDDED, client_programs(), shutil.which("pg_dump")
    folders = [Path(theirs).parent, ours] if theirs and not is_embedded else [ours]
    return find_programs(folders, engine.url, at_least=at_least, is_embedded=is_embedded)


async def _analyze(engine: AsyncEngine) -> None:
    """Gather the statistics that plans depend on, which are not in a dump."""
    async with without_timeouts(engine) as patient, patient.connect() as connection:
        await connection.execute(text("ANALYZE"))
        await connection.commit()


def _write(file: Path, manifest: Manifest, programs: ClientPrograms, folder: Path | None) -> tuple[int, int]:
    """Write the backup, and return how many images it has and its size."""
    _must_not_overwrite_anything_else(file)
    images = 0
    with _replace_when_complete(file) as temporary:
        writer = BackupWriter(temporary, manifest)
        # Images never change, and are deleted after the rows that name them: with those from before the dump and those
        # that came meanwhile, every image that the dump names is there.
        images += _add_images(writer, folder)
        writer.add(DUMP, programs.dump())
        images += _add_images(writer, folder)
        writer.finish()
        size = temporary.tell()
    return images, size


def _must_not_overwrite_anything_else(file: Path) -> None:
    if os.path.lexists(file) and not is_backup(file):
        raise BackupError(f"{file} exists and is not a backup: remove it, or choose another name.")


@contextmanager
def _replace_when_complete(file: Path) -> Iterator[IO[bytes]]:
    """Yield a file that only its owner can read. It gets its name at the end of the block; a failure removes it."""
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "w+b") as writable:
            yield writable
            writable.flush()
            os.fsync(descriptor)
        temporary.rename(file)
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _add_images(writer: BackupWriter, folder: Path | None) -> int:
    added = 0
    for path in sorted(folder.rglob("*")) if folder else ():
        name = f"{MEDIA}{path.relative_to(folder or path)}"
        if name in writer or path.name.startswith(".") or not path.is_file():
            continue
        with suppress(FileNotFoundError), path.open("rb") as image:  # it may have been deleted meanwhile
            writer.add(name, read_chunks(image))
            added += 1
    return added


def _load(backup: Backup, programs: ClientPrograms, server_major: int, folder: Path | None) -> None:
    """Restore images and database, in this order: images that the database does not know do no harm."""
    try:
        if folder is not None:
            backup.extract_images(folder)
        programs.load(backup.dump(), server_major=server_major)
        if folder is not None:
            backup.remove_other_images(folder)
    except OSError as error:
        raise BackupError(f"The images can't be restored to {folder}: {error.strerror or error}.") from error
