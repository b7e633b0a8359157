"""The file of a backup: what is read is what was written, and anything else is refused before it is used (J7)."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.backups.archive import (
    CHECKSUMS,
    DUMP,
    FORMAT,
    MEDIA,
    BackupError,
    BackupWriter,
    Manifest,
    is_backup,
    open_backup,
)

MANIFEST = Manifest("0.1.0", "0021", 18, images=True, created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
CONTENT = {DUMP: [b"PGDMP", b"x" * 1000], f"{MEDIA}ab/one.webp": [b"one"], f"{MEDIA}two.webp": [b""]}


def write(file: Path, members: dict[str, list[bytes]] = CONTENT, manifest: Manifest = MANIFEST) -> Path:
    with file.open("w+b") as opened:
        writer = BackupWriter(opened, manifest)
        for name, chunks in members.items():
            writer.add(name, chunks)
        writer.finish()
    return file


def refusal(file: Path) -> str:
    with pytest.raises(BackupError) as refused, open_backup(file):
        pass
    return str(refused.value)


def test_a_backup_has_what_was_written(tmp_path: Path) -> None:
    with open_backup(write(tmp_path / "backup")) as backup:
        assert backup.manifest == MANIFEST
        assert backup.dump().read() == b"PGDMP" + b"x" * 1000
        assert backup.images == ["ab/one.webp", "two.webp"]
        (tmp_path / "media" / "ab").mkdir(parents=True)
        (tmp_path / "media" / "ab" / "old.webp").write_bytes(b"old")
        backup.extract_images(tmp_path / "media")
        backup.remove_other_images(tmp_path / "media")
    files = {path.relative_to(tmp_path / "media").as_posix() for path in tmp_path.rglob("media/**/*") if path.is_file()}
    assert files == {"ab/one.webp", "two.webp"}
    assert (tmp_path / "media" / "ab" / "one.webp").read_bytes() == b"one"


def test_it_can_be_checked_without_the_platform(tmp_path: Path) -> None:
    file = write(tmp_path / "backup")
    subprocess.run(["tar", "xf", file], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", CHECKSUMS], cwd=tmp_path, check=True)


def test_a_file_without_its_end_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    whole = write(tmp_path / "backup").read_bytes()
    cut = tmp_path / "cut"
    end = whole.rindex(b"two.webp\n") + len(b"two.webp\n")
    for size in [*range(0, end, 100), end - 1]:
        cut.write_bytes(whole[:size])
        assert "is incomplete" in (said := refusal(cut)) or "is not a backup" in said
    cut.write_bytes(whole[:end])
    with open_backup(cut):
        assert is_backup(cut)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    file = write(tmp_path / "backup")
    content = bytearray(file.read_bytes())
    content[content.index(b"PGDMP") + 1] ^= 1
    file.write_bytes(content)
    assert refusal(file) == f"{file} is damaged: {DUMP} differs from what was backed up. Nothing was changed."


def test_files_that_are_no_backup_are_refused(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "text": b"# Nocturne\n" * 100, "zeros": bytes(5000)}.items():
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == f"{tmp_path / name} is not a backup of Nocturne."
        assert not is_backup(tmp_path / name)
    with tarfile.open(tmp_path / "foreign", "w") as tar:
        tar.add(tmp_path / "text", "text")
    assert refusal(tmp_path / "foreign") == f"{tmp_path / 'foreign'} is not a backup of Nocturne."
    assert refusal(tmp_path / "missing") == f"{tmp_path / 'missing'} can't be read: No such file or directory."


@pytest.mark.parametrize("name", [f"{MEDIA}../../etc/passwd", "/etc/passwd", "other", f"{MEDIA}a//b"])
def test_a_file_with_a_member_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "no backup of Nocturne has" in refusal(write(tmp_path / "backup", {**CONTENT, name: [b"bad"]}))


def test_a_link_instead_of_an_image_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    whole = write(file).read_bytes()
    link = tarfile.TarInfo(f"{MEDIA}ab/one.webp")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    at = whole.index(f"{MEDIA}ab/one.webp".encode())
    file.write_bytes(whole[:at] + link.tobuf(tarfile.GNU_FORMAT) + whole[at + tarfile.BLOCKSIZE :])
    assert "no backup of Nocturne has" in refusal(file)


def test_an_image_that_says_it_is_endless_is_refused_at_once(tmp_path: Path) -> None:
    file, sparse = tmp_path / "backup", tarfile.TarInfo(f"{MEDIA}hole.webp")
    sparse.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0"} | {
        name: str(10**15) for name in ("GNU.sparse.size", "GNU.sparse.realsize")
    }
    whole = write(file).read_bytes()
    at = whole.index(f"{MEDIA}ab/one.webp".encode())
    file.write_bytes(whole[:at] + sparse.tobuf(tarfile.PAX_FORMAT) + whole[at:])
    assert "no backup of Nocturne has" in refusal(file)


@pytest.mark.parametrize("sums", [b"no checksum\n", b"\xff\xfe  manifest.json\n"])
def test_checksums_that_are_none_are_refused(tmp_path: Path, sums: bytes) -> None:
    file = tmp_path / "backup"
    with file.open("w+b") as opened:
        BackupWriter(opened, MANIFEST).add(CHECKSUMS, [sums])
    assert refusal(file) == f"{file} is damaged: its checksums can't be read. Nothing was changed."


def test_a_manifest_that_is_none_is_refused(tmp_path: Path) -> None:
    file, manifest = tmp_path / "backup", tarfile.TarInfo("manifest.json")
    manifest.size = 100_000
    with tarfile.open(file, "w") as tar:
        tar.addfile(manifest, io.BytesIO(b"[" * manifest.size))
    assert refusal(file) == f"{file} is not a backup of Nocturne."


def test_a_backup_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "backup", manifest=replace(MANIFEST, format=FORMAT + 1))
    assert refusal(file) == f"{file} was made by a newer version of Nocturne: install that version."


def test_a_name_that_does_not_fit_is_refused_when_it_is_written() -> None:
    with pytest.raises(BackupError, match="is too long"):
        BackupWriter(io.BytesIO(), MANIFEST).add(MEDIA + "x" * 100, [])
