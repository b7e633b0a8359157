"""Starting and stopping; every failure is reported in one clear line, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import urllib.request
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import Running, nocturne, run_server

LONG = "x" * 32


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def test_data_survives_a_restart_and_demo_events_are_created_once(data_dir: Path) -> None:
    ids = []
    for how in (signal.SIGTERM, signal.SIGINT):
        with run_server(data_dir) as running:
            page = get(f"{running.url}/api/events?limit=100")
            ids.append([event["id"] for event in page["items"]])
            assert running.stop(how) == 0
    assert ids[0] == ids[1]
    assert len(ids[0]) > 20
    assert stat.S_IMODE((data_dir / "jwt-secret").stat().st_mode) == 0o600


def test_without_demo_there_are_no_events(tmp_path: Path) -> None:
    with run_server(tmp_path / "data", PROFILE="memory", DEMO="off") as running:
        assert get(f"{running.url}/api/events")["total"] == 0
        assert get(f"{running.url}/readyz") == {"status": "ok", "checks": {"storage": "ok"}}


def test_an_admin_is_created_while_the_platform_is_running(platform: Running, data_dir: Path) -> None:
    order = ("create-admin", "--email", "root@example.com", "--name", "Root", "--password-stdin")
    made = nocturne(*order, data_dir=data_dir, stdin="correct horse\n")
    assert (made.returncode, made.stdout) == (
        0,
        f"root@example.com is an admin now, in the embedded database in {data_dir.resolve()}.\n",
    )
    body = json.dumps({"email": "root@example.com", "password": "correct horse"}).encode()
    request = urllib.request.Request(
        f"{platform.url}/api/auth/login", data=body, headers={"Content-Type": "application/json"}
    )
    token = get(request)["access_token"]  # type: ignore[arg-type]
    me = urllib.request.Request(f"{platform.url}/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert get(me)["role"] == "admin"  # type: ignore[arg-type]

    again = nocturne(*order, data_dir=data_dir, stdin="correct horse\n")
    assert_one_line(again, "already an account")
    short = nocturne(*order[:-1], "--password-stdin", data_dir=data_dir, stdin="short\n")
    assert_one_line(short, "8 to 128 characters")


def assert_one_line(done: Any, reason: str) -> None:
    assert done.returncode == 1
    assert done.stderr.startswith("nocturne: ")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_busy_port_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = nocturne("serve", data_dir=tmp_path / "data", PORT=port)
    assert_one_line(done, f"Port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"JWT_SECRET": "short"}, "JWT_SECRET has 5 bytes"),
        ({"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/n", "JWT_SECRET": "short"}, "JWT_SECRET has 5 bytes"),
        ({"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/n"}, "JWT_SECRET is not set"),
        ({"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/n", "JWT_SECRET": LONG}, "can't be reached"),
        ({"DATABASE_URL": "mysql://u:hidden@127.0.0.1/n", "JWT_SECRET": LONG}, "DATABASE_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"PROFILE": "cloud"}, "PROFILE"),
    ],
)
def test_a_wrong_setting_is_reported_in_one_line_without_secrets(
    tmp_path: Path, settings: dict[str, str], reason: str
) -> None:
    done = nocturne("serve", data_dir=tmp_path / "data", **settings)
    assert_one_line(done, reason)
    assert "hidden" not in done.stderr


def test_an_unusable_data_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_one_line(nocturne("serve", data_dir=tmp_path / "file" / "data"), "DATA_DIR")
    if os.geteuid() != 0:  # root may write anywhere
        tmp_path.chmod(0o555)
        assert_one_line(nocturne("serve", data_dir=tmp_path / "data"), "DATA_DIR")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("scrape", "myspace"), "not a source"),
        (("scrape", "--city", "atlantis"), "is unknown"),
        (("scrape",), "Name a city"),
        (("scrape", "--from-dir", "nowhere"), "can't be read"),
        (("worker",), "needs a database"),
        (("worker", "--queues", "alerts,gossip"), "'gossip' is not a queue. The queues are accounts, alerts, "),
    ],
)
def test_a_wrong_command_is_reported_in_one_line(tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    assert_one_line(nocturne(*arguments, data_dir=tmp_path / "data", PROFILE="memory"), reason)


def test_the_openapi_document_is_printed_without_a_database(tmp_path: Path) -> None:
    done = nocturne("openapi", data_dir=tmp_path / "data")
    assert done.returncode == 0
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
    assert not (tmp_path / "data").exists()


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = nocturne("--version", data_dir=tmp_path / "data")
    assert (done.returncode, done.stdout) == (0, f"nocturne {version('nocturne')}\n")
