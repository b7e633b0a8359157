"""The embedded PostgreSQL: started, shared, stopped, killed and restarted (J1)."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from sqlalchemy.engine import make_url

from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from tests.support.postgres_processes import IS_ROOT, Holder, postmaster, query, run_bystander, run_holder, until


def test_the_first_start_creates_a_unicode_database(folder: Path) -> None:
    with EmbeddedPostgres() as server:
        url = server.start(folder / "not" / "yet" / "made")
        assert url.startswith(f"postgresql+asyncpg://postgres@/nocturne?host={folder}/not/yet/made/postgres")
        letters = "SELECT lower('ÄÉŽΣЖ'), 'ž' ~ '^[[:alpha:]]$', 'Ж' ~* 'ж', upper('straße')"
        assert query(url, letters) == [("äéžσж", True, True, "STRAßE")]
        assert server.notice is None


def test_data_survive_a_restart(data: Path) -> None:
    with EmbeddedPostgres() as server:
        query(server.start(data), "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('still here')")
    assert postmaster(data) is None
    with EmbeddedPostgres() as server:
        assert query(server.start(data), "SELECT word FROM kept") == [("still here",)]


def test_the_language_and_database_settings_of_the_environment_do_not_matter(folder: Path) -> None:
    foreign = {"LANG": "xx_YY.UTF-8", "LC_ALL": "de_DE.ISO-8859-1"}
    elsewhere = {"PGPORT": "6000", "PGHOST": "nowhere.invalid", "PGSERVICE": "none", "PGOPTIONS": "-c no_such=1"}
    with run_holder(folder, **foreign, **elsewhere) as (_, url):
        assert query(url, "SELECT current_setting('server_encoding'), lower('Ž')") == [("UTF8", "ž")]


def test_only_the_owner_reaches_the_socket_and_nothing_listens_elsewhere(data: Path) -> None:
    with EmbeddedPostgres() as server:
        url = make_url(server.start(data))
        file = Path(str(url.query["host"])) / f".s.PGSQL.{url.query['port']}"
        assert stat.S_IMODE(file.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700
        pid = postmaster(data)
        assert {peer.family for peer in psutil.Process(pid).net_connections("all")} == {socket.AF_UNIX}


@pytest.mark.skipif(not IS_ROOT, reason="only root can act as another user")
def test_the_socket_refuses_another_user_even_in_an_open_folder(
    folder: Path, start: Callable[[Path], EmbeddedPostgres]
) -> None:
    start(folder)
    (folder / "postgres").chmod(0o755)
    with socket.socket(socket.AF_UNIX) as ours, socket.socket(socket.AF_UNIX) as theirs:
        ours.connect(str(folder / "postgres" / ".s.PGSQL.5432"))
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            with pytest.raises(PermissionError):
                theirs.connect(str(folder / "postgres" / ".s.PGSQL.5432"))
        finally:
            os.seteuid(0)


def test_nothing_is_written_to_the_console(data: Path) -> None:
    holder = Holder(data, XDG_RUNTIME_DIR="")
    assert holder.url().startswith("postgresql+asyncpg://")
    assert holder.process.communicate("\n") == ("", "")


def test_the_server_stops_with_the_last_process(data: Path) -> None:
    with EmbeddedPostgres() as server:
        here = server.start(data)
        with run_holder(data) as (_, there):
            assert there == here
            server.stop()
            assert query(there, "SELECT 1") == [(1,)]
    assert postmaster(data) is None


def test_processes_that_start_at_once_share_one_new_cluster(folder: Path) -> None:
    with (
        run_holder(folder) as (_, first),
        run_holder(folder) as (_, second),
        run_holder(folder) as third,
    ):
        assert first == second == third[1] != ""
    assert postmaster(folder) is None


def test_a_process_may_start_it_twice(data: Path) -> None:
    with EmbeddedPostgres() as outer:
        url = outer.start(data)
        with EmbeddedPostgres() as inner:
            assert inner.start(data) == url
        assert query(url, "SELECT 1") == [(1,)]
        outer.stop()
        outer.stop()
        assert postmaster(data) is None
        assert query(outer.start(data), "SELECT 1") == [(1,)]


def test_threads_that_start_at_once_share_one_new_cluster(folder: Path) -> None:
    servers = [EmbeddedPostgres() for _ in range(4)]
    with ThreadPoolExecutor(len(servers)) as threads:
        assert len(set(threads.map(lambda server: server.start(folder), servers))) == 1
        assert postmaster(folder) is not None
        list(threads.map(EmbeddedPostgres.stop, servers))
    assert postmaster(folder) is None


def test_a_living_process_is_counted_whatever_the_clock_says(data: Path) -> None:
    with run_holder(data) as (_, url):
        os.utime(data / "postgres" / ".handle_pids.json", (0, 0))
        with EmbeddedPostgres() as server:
            server.start(data)
        assert query(url, "SELECT 1") == [(1,)]
    assert postmaster(data) is None


def test_a_killed_process_is_no_longer_counted(data: Path) -> None:
    with run_holder(data) as (killed, _):
        killed.process.kill()
    assert postmaster(data) is not None
    with EmbeddedPostgres() as server:
        server.start(data)
    assert postmaster(data) is None


def test_a_process_killed_while_another_runs_is_no_longer_counted(data: Path) -> None:
    with EmbeddedPostgres() as server, run_holder(data) as (killed, _):
        server.start(data)
        killed.process.kill()  # not waited for: a dead process is dead, even while its parent has not looked
        until(lambda: psutil.Process(killed.process.pid).status() == psutil.STATUS_ZOMBIE)
        server.stop()
        assert postmaster(data) is None


def test_a_process_that_exits_without_stop_stops_the_server_if_it_is_the_last(data: Path) -> None:
    with run_holder(data) as (killed, url):
        ending = Holder(data)
        assert ending.url() == url
        killed.process.kill()
        killed.process.wait()
        assert ending.end() == ""
    assert postmaster(data) is None


def test_a_process_id_that_was_reused_is_no_longer_counted(data: Path) -> None:
    holders = data / "postgres" / ".handle_pids.json"
    with run_bystander() as pid:
        holders.write_text(json.dumps([pid]))
        os.utime(holders, (time.time() - 60, time.time() - 60))
        with EmbeddedPostgres() as server:
            server.start(data)
        assert postmaster(data) is None


def test_a_process_that_uses_the_library_directly_is_counted(data: Path) -> None:
    holders = data / "postgres" / ".handle_pids.json"
    with run_bystander() as pid:
        holders.write_text(json.dumps([pid]))
        with EmbeddedPostgres() as server:
            server.start(data)
        assert postmaster(data) is not None
    with EmbeddedPostgres() as server:
        server.start(data)
    assert postmaster(data) is None


def test_an_incomplete_list_of_processes_does_no_harm(data: Path) -> None:
    (data / "postgres" / ".handle_pids.json").write_text("[12")
    with EmbeddedPostgres() as server:
        server.start(data)
    assert postmaster(data) is None


def test_another_program_with_the_old_process_id_is_not_mistaken_for_the_server(data: Path) -> None:
    cluster = data / "postgres"
    with EmbeddedPostgres() as server:
        server.start(data)
        files = {name: (cluster / name).read_text() for name in ("postmaster.pid", ".s.PGSQL.5432.lock")}
    with run_bystander(as_postgres=True) as pid:
        for name, content in files.items():
            (cluster / name).write_text("\n".join([str(pid), *content.splitlines()[1:]]) + "\n")
            (cluster / name).chmod(0o600)
            shutil.chown(cluster / name, cluster.stat().st_uid)
        with EmbeddedPostgres() as server:
            assert query(server.start(data), "SELECT 1") == [(1,)]
            assert postmaster(data) != pid


def test_starting_again_restarts_a_killed_server_with_its_data(data: Path) -> None:
    with EmbeddedPostgres() as server:
        url = server.start(data)
        query(url, "CREATE TABLE IF NOT EXISTS committed (word text)", "INSERT INTO committed VALUES ('durable')")
        killed = postmaster(data)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(lambda: postmaster(data) is None)
        assert server.start(data) == url
        assert query(url, "SELECT word FROM committed") == [("durable",)]
    assert postmaster(data) is None


def test_a_data_folder_removed_while_the_server_runs_stays_removed(folder: Path) -> None:
    data_dir = folder / "data"
    with EmbeddedPostgres() as server:
        server.start(data_dir)
        running = postmaster(data_dir)
        assert running is not None
        shutil.rmtree(data_dir)
    assert not data_dir.exists()
    psutil.Process(running).kill()


def test_a_server_that_does_not_start_is_reported_in_one_line(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with EmbeddedPostgres() as server:
        server.start(folder)
        server.stop()
        with (folder / "postgres" / "postgresql.conf").open("a") as configuration:
            configuration.write("shared_buffers = 'everything'\n")
        with pytest.raises(EmbeddedPostgresError, match=r"did not start: .*FATAL") as refusal:
            server.start(folder)
    assert "\n" not in str(refusal.value)
    assert caplog.records == []
