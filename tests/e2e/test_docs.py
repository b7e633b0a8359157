"""The requests in the docs work as written."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import ROOT, Running, nocturne, run_server

PAGES = ("alerts", "jobs", "webhooks")
WEBHOOK = {"url": "https://tickets.example.org/hooks", "topics": ["event.created"]}
ROOT_USER = {"email": "root@example.com", "password": "correct horse"}
EVENT = {"name": "Night", "venue": "Cellar", "start_time": "2030-01-01T20:00:00Z"}


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """Without a worker, so that the jobs stay."""
    with run_server(data_dir, "--no-worker", DEMO="off") as running:
        yield running


@pytest.fixture(scope="module")
def reader(platform: Running, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an admin who follows the docs. Their curl fails when a request is refused."""
    home = tmp_path_factory.mktemp("home")
    (home / ".curlrc").write_text("silent\nshow-error\nfail\n")
    order = ("create-admin", "--email", ROOT_USER["email"], "--name", "Root", "--password-stdin")
    assert nocturne(*order, data_dir=data_dir, stdin=ROOT_USER["password"]).returncode == 0
    known = {"PATH": os.environ["PATH"], "CURL_HOME": str(home), "BASE": platform.url}
    known["TOKEN"] = send(known, "api/auth/login", ROOT_USER)["access_token"]
    send(known, "api/events", EVENT)
    known["JOB"] = send(known, "api/admin/jobs")["items"][0]["id"]
    known["WEBHOOK"] = send(known, "api/webhooks", WEBHOOK)["id"]
    return known


def send(known: dict[str, str], path: str, body: object = None) -> Any:
    data = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    token = ["-H", f"Authorization: Bearer {known.get('TOKEN', '')}"] if "TOKEN" in known else []
    return json.loads(run(known, ["curl", f"{known['BASE']}/{path}", *token, *data]))


def run(known: dict[str, str], command: Sequence[str]) -> str:
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def requests_of(page: str) -> list[str]:
    """Return the curl commands of a page, each with its continuation lines."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    blocks = re.findall(r"^```(?:console|sh)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [each for block in blocks for each in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    return [each.strip() for each in commands if each.startswith("curl")]


@pytest.mark.parametrize("page", PAGES)
def test_every_request_works_as_written(page: str, reader: dict[str, str]) -> None:
    requests = requests_of(page)
    assert requests
    for request in requests:
        run(reader, ["bash", "-c", request])


def test_control_a_request_that_is_refused_is_noticed(reader: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="404"):
        run(reader, ["bash", "-c", 'curl "$BASE/api/nowhere"'])
