"""The folders of the embedded PostgreSQL: any path and mode, no other folder is changed, errors are one line (J1)."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy.engine import make_url

from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from tests.support.postgres_processes import IS_ROOT, postmaster, query, run_holder

as_root = pytest.mark.skipif(not IS_ROOT, reason="only root has folders that PostgreSQL's own user can't reach")


def test_a_cluster_of_another_major_version_is_refused_and_unchanged(folder: Path) -> None:
    cluster = folder / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("17\n")
    if IS_ROOT:
        shutil.chown(cluster / "PG_VERSION", "embedded_postgres")
    with (
        EmbeddedPostgres() as server,
        pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 17.*PostgreSQL 18") as no,
    ):
        server.start(folder)
    assert "\n" not in str(no.value)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]
    assert (cluster / "PG_VERSION").read_text() == "17\n"


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder away")
def test_a_cluster_of_another_user_is_refused_and_unchanged(folder: Path) -> None:
    cluster = folder / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("18\n")
    for path in (cluster, cluster / "PG_VERSION"):
        shutil.chown(path, "nobody")
    with EmbeddedPostgres() as server, pytest.raises(EmbeddedPostgresError, match="belongs to the user nobody"):
        server.start(folder)
    assert cluster.owner() == "nobody"


def test_a_folder_that_is_no_cluster_is_refused_and_unchanged(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.txt").write_text("years of work")
    with (
        EmbeddedPostgres() as server,
        pytest.raises(EmbeddedPostgresError, match="is not empty and contains no database"),
    ):
        server.start(folder)
    assert (folder / "postgres" / "thesis.txt").read_text() == "years of work"


def test_an_interrupted_creation_is_repeated(folder: Path) -> None:
    (folder / "postgres.making" / "base").mkdir(parents=True)
    (folder / "postgres.making" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres() as server:
        assert query(server.start(folder), "SELECT 1") == [(1,)]
    assert not (folder / "postgres.making").exists()


def test_a_broken_link_is_refused(folder: Path) -> None:
    (folder / "postgres").symlink_to(folder / "unmounted")
    with EmbeddedPostgres() as server, pytest.raises(EmbeddedPostgresError, match=r"unmounted, which is missing"):
        server.start(folder)


@pytest.mark.parametrize(
    ("data_dir", "reason"),
    [
        (Path("/proc/nocturne"), "can't be created"),
        (Path(__file__), "is not a folder"),
        (Path(__file__) / "below", "is not a folder"),
    ],
)
def test_an_impossible_data_folder_is_refused_in_one_line(data_dir: Path, reason: str) -> None:
    with EmbeddedPostgres() as server, pytest.raises(EmbeddedPostgresError, match=reason) as refusal:
        server.start(data_dir)
    assert str(refusal.value).startswith(f"DATA_DIR {data_dir} ")
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_read_only_data_folder_is_refused_in_one_line(folder: Path) -> None:
    folder.chmod(0o555)
    with EmbeddedPostgres() as server, pytest.raises(EmbeddedPostgresError, match=r"^DATA_DIR .*Permission denied"):
        server.start(folder)
    folder.chmod(0o755)


@pytest.mark.skipif(not IS_ROOT, reason="only root can mount a disk that is full")
def test_a_full_disk_is_reported_in_one_line_and_leaves_nothing_incomplete(folder: Path) -> None:
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("this machine does not let root mount anything")
    try:
        with (
            EmbeddedPostgres() as server,
            pytest.raises(EmbeddedPostgresError, match="No space left on device") as full,
        ):
            server.start(disk)
        assert "\n" not in str(full.value)
        assert not list(disk.glob("postgres*/"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", ["with a space", "$(touch gone); 'quoted' \"twice\"", "é", "long-" * 40])
def test_a_path_of_any_shape_and_length_can_hold_the_data(
    folder: Path, name: str, start: Callable[[Path], EmbeddedPostgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    server = start(folder / name)
    url = server.start(folder / name)
    assert query(url, "SELECT 1") == [(1,)]
    sockets = Path(str(make_url(url).query["host"]))
    assert sockets.resolve() == folder / name / "postgres"
    assert (sockets / "PG_VERSION").exists()
    server.stop()
    assert postmaster(folder / name) is None
    assert query(server.start(folder / name), "SELECT 1") == [(1,)]


def test_a_path_too_long_for_a_socket_is_refused_without_a_home_for_a_link(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state of mind"))
    with (
        EmbeddedPostgres(root_home=folder / "root home") as server,
        pytest.raises(EmbeddedPostgresError, match="choose another DATA_DIR") as refusal,
    ):
        server.start(folder / "with a space")
    assert "\n" not in str(refusal.value)


def modes(*paths: Path) -> dict[Path, int]:
    return {path: stat.S_IMODE(path.stat().st_mode) for path in paths}


@as_root
@pytest.mark.parametrize("mode", [0o700, 0o711, 0o750])
def test_roots_private_folders_stay_private(folder: Path, mode: int, start: Callable[[Path], EmbeddedPostgres]) -> None:
    private = folder / "home"
    (private / "site" / ".data").mkdir(parents=True)
    private.chmod(mode)
    before = modes(private, private / "site", private / "site" / ".data", folder)
    server = start(private / "site" / ".data")
    assert modes(*before) == before
    cluster = (private / "site" / ".data" / "postgres").resolve()
    assert cluster.parent == folder / "root-home"
    assert server.notice is not None
    assert str(cluster) in server.notice


@as_root
def test_data_stored_outside_of_a_private_folder_are_found_again(
    folder: Path, start: Callable[[Path], EmbeddedPostgres]
) -> None:
    (folder / "home").mkdir(mode=0o700)
    data_dir = folder / "home" / ".data"
    server = start(data_dir)
    query(server.start(data_dir), "CREATE TABLE kept (word text)")
    server.stop()
    (folder / "home").chmod(0o755)  # that it is public now must not lose what was kept when it was not
    again = start(data_dir)
    assert query(again.start(data_dir), "SELECT * FROM kept") == []
    assert again.notice == server.notice
    again.stop()


@as_root
def test_a_folder_removed_by_root_gets_a_new_cluster(folder: Path, start: Callable[[Path], EmbeddedPostgres]) -> None:
    (folder / "home").mkdir(mode=0o700)
    data_dir = folder / "home" / ".data"
    first = start(data_dir)
    query(first.start(data_dir), "CREATE TABLE kept (word text)")
    first.stop()
    shutil.rmtree(data_dir)
    second = start(data_dir)
    assert query(second.start(data_dir), "SELECT to_regclass('kept')") == [(None,)]


@as_root
def test_a_cluster_that_became_unreachable_is_not_replaced_by_an_empty_one(
    folder: Path, start: Callable[[Path], EmbeddedPostgres]
) -> None:
    (folder / "home").mkdir()
    start(folder / "home" / ".data").stop()
    (folder / "home").chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=f"{folder}/home is private"):
        start(folder / "home" / ".data")
    assert modes(folder / "home") == {folder / "home": 0o700}


@as_root
def test_programs_in_a_private_folder_are_copied_and_the_folder_stays_private(folder: Path) -> None:
    site = folder / "home" / "site-packages"
    site.mkdir(parents=True)
    spec = psutil.__spec__
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parents[1]
    for package in installed.glob("embedded_postgres*"):
        shutil.copytree(package, site / package.name)
    (folder / "home").chmod(0o700)
    before = modes(folder / "home", *site.rglob("*"))
    data_dir = folder / "data"
    data_dir.mkdir()
    for _ in range(2):  # the second start uses the same copy
        with run_holder(data_dir, PYTHONPATH=str(site)) as (_, url):
            assert query(url, "SELECT 1") == [(1,)]
            pid = postmaster(data_dir)
            assert Path(psutil.Process(pid).exe()).is_relative_to(data_dir / "root-home" / "lib")
    assert modes(*before) == before
    assert len(list((data_dir / "root-home" / "lib").iterdir())) == 1


@as_root
def test_root_runs_no_programs_from_a_folder_that_others_may_write(folder: Path) -> None:
    (folder / "home").mkdir(mode=0o700)
    (folder / "root-home").mkdir()
    os.chown(folder / "root-home", pwd.getpwnam("nobody").pw_uid, -1)
    with (
        EmbeddedPostgres(root_home=folder / "root-home") as server,
        pytest.raises(EmbeddedPostgresError, match="must belong to root"),
    ):
        server.start(folder / "home" / ".data")
