"""The file of a backup: a tar with a manifest, a dump in pg_dump's custom format, the images, and their checksums.

`tar tf` lists it, and `tar xf` followed by `sha256sum -c SHA256SUMS` checks it without the platform.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

MANIFEST, DUMP, MEDIA, CHECKSUMS = "manifest.json", "database.dump", "media/", "SHA256SUMS"
FORMAT = 1
"""Raised when an older version of this code could not restore the file correctly."""

CHUNK_BYTES = 1024 * 1024


class BackupError(Exception):
    """A backup can't be made or restored. The message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is. `schema` is its revision, `dumped_by` the major version of pg_dump, `images` whether they are
    part of it: those in S3 are not.
    """

    version: str
    schema: str
    dumped_by: int
    images: bool
    created_at: datetime
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self) | {"created_at": self.created_at.isoformat()}, indent=2).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises ValueError, TypeError or KeyError if it is not a manifest of this format."""
        values = json.loads(text)
        return cls(**values | {"created_at": datetime.fromisoformat(values["created_at"])})


class BackupWriter:
    """Writes a backup to a file that can seek. Complete after `finish`, and recognizably incomplete before."""

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self._file = file
        self._sums: dict[str, str] = {}
        self.add(MANIFEST, [manifest.to_json()])

    def __contains__(self, name: str) -> bool:
        return name in self._sums

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a member whose size is known only at its end. Raises OSError."""
        begin, size, checksum = self._file.tell(), 0, hashlib.sha256()
        self._file.write(bytes(tarfile.BLOCKSIZE))
        for chunk in chunks:
            self._file.write(chunk)
            checksum.update(chunk)
            size += len(chunk)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))
        end = self._file.tell()
        self._file.seek(begin)
        self._file.write(_header(name, size))
        self._file.seek(end)
        self._sums[name] = checksum.hexdigest()

    def finish(self) -> None:
        sums = "".join(f"{checksum}  {name}\n" for name, checksum in self._sums.items())
        self.add(CHECKSUMS, [sums.encode()])
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    header = member.tobuf(tarfile.GNU_FORMAT)
    if len(header) != tarfile.BLOCKSIZE:
        raise BackupError(f"The name {name!r} is too long for a backup.")
    return header


class Backup:
    """A complete backup, whose members have the checksums that it was made with."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest, members: dict[str, tarfile.TarInfo]) -> None:
        self.manifest = manifest
        self._tar = tar
        self._members = members

    @property
    def images(self) -> list[str]:
        """The paths of the images in their folder."""
        return [name.removeprefix(MEDIA) for name in self._members if name.startswith(MEDIA)]

    def dump(self) -> IO[bytes]:
        return _open(self._tar, self._members[DUMP])

    def extract_images(self, folder: Path) -> None:
        """Write the images into a folder, beside what is there. Raises OSError."""
        for name in self.images:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.part")
            with temporary.open("wb") as file:
                shutil.copyfileobj(_open(self._tar, self._members[MEDIA + name]), file, CHUNK_BYTES)
            temporary.replace(target)

    def remove_other_images(self, folder: Path) -> None:
        """Remove the files that are not images of this backup. Raises OSError."""
        images = {folder / name for name in self.images}
        for path in folder.rglob("*"):
            if path.is_file() and path not in images:
                path.unlink()


def is_backup(path: Path) -> bool:
    """Return whether the file begins like a backup, complete or not."""
    try:
        with tarfile.open(path, "r:") as tar:
            first = tar.next()
            return first is not None and first.name == MANIFEST
    except (tarfile.TarError, OSError):
        return False


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Check the whole file and yield the backup in it. Raises BackupError."""
    with ExitStack() as stack:
        try:
            tar = stack.enter_context(tarfile.open(path, "r:"))
        except tarfile.TarError:
            raise BackupError(f"{path} is not a backup of Nocturne.") from None
        except OSError as error:
            raise BackupError(f"{path} can't be read: {error.strerror}.") from error
        try:
            yield _check(tar, path)
        except tarfile.TarError as error:
            raise _incomplete(path) from error


def _check(tar: tarfile.TarFile, path: Path) -> Backup:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg():
        raise BackupError(f"{path} is not a backup of Nocturne.")
    manifest = _read_manifest(_open(tar, first).read(), path)
    members, sums = {MANIFEST: first}, {}
    while (member := tar.next()) is not None:
        if member.name == CHECKSUMS:
            sums = _parse_checksums(_open(tar, member).read(), path)
            break
        if not member.isreg() or member.issparse() or not _is_safe(member.name):
            raise BackupError(f"{path} has a member {member.name!r}, which no backup of Nocturne has.")
        members[member.name] = member
    if not sums or members.keys() != sums.keys() or DUMP not in members:
        raise _incomplete(path)
    for name, member in members.items():
        if _checksum(_open(tar, member)) != sums[name]:
            raise BackupError(f"{path} is damaged: {name} differs from what was backed up. Nothing was changed.")
    return Backup(tar, manifest, members)


def _read_manifest(text: bytes, path: Path) -> Manifest:
    try:
        if json.loads(text)["format"] > FORMAT:
            raise BackupError(f"{path} was made by a newer version of Nocturne: install that version.")
        return Manifest.from_json(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BackupError(f"{path} is not a backup of Nocturne.") from error


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return name == DUMP or (name.startswith(MEDIA) and ".." not in path.parts and str(path) == name)


def _parse_checksums(text: bytes, path: Path) -> dict[str, str]:
    try:
        return {name: checksum for checksum, name in (line.split("  ", 1) for line in text.decode().splitlines())}
    except ValueError as error:  # also of what is no UTF-8
        raise BackupError(f"{path} is damaged: its checksums can't be read. Nothing was changed.") from error


def _incomplete(path: Path) -> BackupError:
    return BackupError(f"{path} is incomplete: its end is missing. Nothing was changed.")


def _open(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return tar.extractfile(member) or io.BytesIO()


def _checksum(content: IO[bytes]) -> str:
    checksum = hashlib.sha256()
    for chunk in read_chunks(content):
        checksum.update(chunk)
    return checksum.hexdigest()


def read_chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(CHUNK_BYTES):
        yield chunk
