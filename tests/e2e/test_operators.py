"""What operators see: addresses, logs, demo events, and what a wrong address does to the smoke test."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import NOCTURNE, ROOT, environment, nocturne, run_server

WALK = ROOT / "tests" / "smoke" / "walk.py"


def get(url: str | urllib.request.Request) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def total(url: str) -> int:
    return int(get(f"{url}/api/events?limit=1")["total"])


def test_an_ipv6_address_is_announced_in_brackets(tmp_path: Path) -> None:
    with run_server(tmp_path / "data", PROFILE="memory", HOST="::1") as running:
        assert running.url.startswith("http://[::1]:")
        port = running.url.rpartition(":")[2]
        walked = smoke("--host", "::1", "--port", port)
        assert walked.returncode == 0, walked.stdout + walked.stderr


def test_every_address_of_ipv6_accepts_ipv4_too(tmp_path: Path) -> None:
    with run_server(tmp_path / "data", PROFILE="memory", HOST="::") as running:
        port = running.url.rpartition(":")[2]
        for host in ("127.0.0.1", "[::1]", "localhost"):
            assert get(f"http://{host}:{port}/healthz") == {"status": "ok"}


def test_the_smoke_test_says_in_one_line_that_nothing_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = str(unused.getsockname()[1])
    walked = smoke("--port", port)
    assert (walked.returncode, walked.stdout) == (1, "")
    assert walked.stderr.startswith(f"Nothing answers at http://127.0.0.1:{port}: ")
    assert "PORT=" in walked.stderr
    assert len(walked.stderr.splitlines()) == 1


def smoke(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, WALK, *options], capture_output=True, text=True, check=False)


def test_json_logs_contain_nothing_else_and_tell_of_start_and_stop(tmp_path: Path) -> None:
    settings = environment(tmp_path / "data", PROFILE="memory", LOG_FORMAT="json", METRICS_TOKEN="hidden")
    with subprocess.Popen(
        [NOCTURNE, "serve"], cwd="/", env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = json_lines(process.stderr)
        started = next(line for line in lines if line["event"] == "platform started")
        assert get(f"{started['address']}/healthz") == {"status": "ok"}
        process.terminate()
        rest = list(lines)
        assert process.stdout is not None
        assert process.stdout.read() == ""
    request = next(line for line in rest if line["event"] == "request")
    assert (request["client"], request["path"]) == ("127.0.0.1", "/healthz")
    stopping = next(line for line in rest if line["event"].startswith("stopping"))
    assert stopping["signal"] == "SIGTERM"


def json_lines(stream: Any) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)


def test_demo_events_are_removed_unless_they_are_booked(data_dir: Path) -> None:
    settings = {"RATE_LIMITS": "off", "ARGON2_TIME_COST": "1", "ARGON2_MEMORY_KIB": "8"}
    with run_server(data_dir, **settings) as running:
        event = get(f"{running.url}/api/events?q=telescope")["items"][0]
        body = json.dumps({"full_name": "Ada", "email": "ada@example.com"}).encode()
        request = urllib.request.Request(
            f"{running.url}/api/events/{event['id']}/register", data=body, headers={"Content-Type": "application/json"}
        )
        get(request)
        removed = nocturne("remove-demo", data_dir=data_dir)
        assert removed.returncode == 0, removed.stderr
        assert removed.stdout.startswith("59 demo events removed; 1 with bookings were kept, cancel them instead, in ")
        assert "Set DEMO=off" in removed.stdout
        assert [each["id"] for each in get(f"{running.url}/api/events")["items"]] == [event["id"]]
        assert len(get(f"{running.url}/api/events/areas")["items"]) == 1
    verified = nocturne("verify", data_dir=data_dir)
    assert verified.returncode == 0, verified.stdout


def log_in(url: str, email: str, password: str) -> int:
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(f"{url}/api/auth/login", data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_passwords_of_the_demo_are_shown_once_and_can_be_renewed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    data_dir = tmp_path / "data"
    with run_server(data_dir) as running:
        assert running.process.stdout is not None
        said = "".join(running.process.stdout.readline() for _ in range(4))
        shown = dict(re.findall(r"as (\S+) with the password (\S+)", said))
        assert list(shown) == ["organizer@nocturne.example", "member@nocturne.example"]
        assert [log_in(running.url, *each) for each in shown.items()] == [200, 200]

        renewed = dict(line.split() for line in nocturne("demo-passwords", data_dir=data_dir).stdout.splitlines())
        assert list(renewed) == list(shown)
        assert [log_in(running.url, *each) for each in shown.items()] == [401, 401]
        assert [log_in(running.url, *each) for each in renewed.items()] == [200, 200]

        removed = nocturne("remove-demo", data_dir=data_dir)
        assert removed.stdout.startswith("60 demo events removed, in ")
        assert total(running.url) == 0
        assert [log_in(running.url, *each) for each in renewed.items()] == [401, 401]
    again = nocturne("demo-passwords", data_dir=data_dir)
    assert (again.returncode, again.stdout) == (1, "")
    assert "There is no demo here" in again.stderr


def test_nobody_gets_passwords_of_a_demo_in_an_own_database(postgres_url: str, tmp_path: Path) -> None:
    own = {"DATABASE_URL": postgres_url, "JWT_SECRET": "x" * 32, "DEMO": "on"}
    done = nocturne("demo-passwords", data_dir=tmp_path, **own)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nocturne: In a database of your own nobody can log in to the accounts of the demo.\n"


def test_the_line_that_is_shown_at_the_start_creates_an_admin_when_it_is_pasted(data_dir: Path) -> None:
    with run_server(data_dir) as running:
        assert running.process.stdout is not None
        command = running.process.stdout.readline().partition("Create an admin:  ")[2].strip()
        made = subprocess.run(
            ["bash", "-c", f"{command} --password-stdin"],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": "/"},
            input="correct horse\n",
            capture_output=True,
            text=True,
            check=False,
        )
    assert (made.returncode, made.stderr) == (0, ""), command
    assert made.stdout == f"you@example.com is an admin now, in the embedded database in {data_dir.resolve()}.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("create-admin", "--email", "root@example.com", "--name", "Root", "--password-stdin"),
        ("seed-demo",),
        ("verify",),
        ("scrape", "--from-dir", str(ROOT / "tests" / "scrapers" / "fixtures")),
        ("worker",),
    ],
)
def test_a_command_with_the_wrong_folder_creates_no_second_database(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = nocturne(*command, data_dir=tmp_path / "data", stdin="correct horse\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nocturne: There is no database in ")
    assert "DATA_DIR" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("asked", "expected"), [({}, 0), ({"DEMO": "on"}, 57)])
def test_an_own_database_gets_demo_events_only_when_asked(
    postgres_url: str, tmp_path: Path, asked: dict[str, str], expected: int
) -> None:
    own = {"DATABASE_URL": postgres_url, "JWT_SECRET": "x" * 32}
    with run_server(tmp_path, **own, **asked) as running:
        assert total(running.url) == expected
