"""A generated catalog is created, completed and removed by commands."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import nocturne, run_server


def post(url: str, body: dict[str, Any]) -> Any:
    content = json.dumps(body).encode()
    request = urllib.request.Request(url, data=content, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_generated_catalog_is_completed_and_removed_but_for_what_is_booked(data_dir: Path) -> None:
    with run_server(data_dir, DEMO="off", RATE_LIMITS="off") as running:
        for count, created, known in ((50, 50, 0), (80, 30, 50)):
            done = nocturne("seed-demo", "--events", str(count), data_dir=data_dir)
            assert done.stdout.startswith(f"{created} demo events created in ")
            assert f" s, {known} were there already, in " in done.stdout
            assert done.stderr == ""
        with urllib.request.urlopen(f"{running.url}/api/events?bookable=true&free=true&limit=1") as answer:
            [event] = json.load(answer)["items"]
        post(f"{running.url}/api/events/{event['id']}/register", {"full_name": "Ada", "email": "ada@example.com"})
        removed = nocturne("remove-demo", data_dir=data_dir).stdout
        assert removed.startswith("79 demo events removed; 1 with bookings were kept, cancel them instead, in ")


@pytest.mark.parametrize("count", ["0", "-1", "1000001"])
def test_an_impossible_number_of_events_is_refused_in_one_line(tmp_path: Path, count: str) -> None:
    done = nocturne("seed-demo", "--events", count, data_dir=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nocturne: --events must be between 1 and 1000000.\n"
    assert not (tmp_path / "data").exists()
