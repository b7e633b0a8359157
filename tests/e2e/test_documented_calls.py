"""The documented calls of the systems that Nocturne replaces work here, or differ as `documented_calls.toml` says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.platform import ROOT, TIMEOUT_SECONDS, Running, environment, nocturne

DOCUMENTED = tomllib.loads(Path(__file__).with_name("documented_calls.toml").read_text())
DOCUMENTS = ROOT.parent / "shared" / "seeds"
PASSWORD = "correct horse"
SHELL = f"""
curl() {{ command curl --silent --write-out '%{{stderr}}%{{http_code}}' "$@"; }}
jq() {{ {shlex.quote(sys.executable)} -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1][1:]])' "$2"; }}
"""
"""curl writes the status to stderr; jq is not on every machine, and only `jq -r .name` is needed."""


async def test_every_call_ends_as_documented_or_differs_for_its_reason(platform: Running, data_dir: Path) -> None:
    answers = f"admin@example.com\nAdmin\n{PASSWORD}\n"
    created = nocturne("create-admin", "--password-stdin", data_dir=data_dir, stdin=answers)
    assert created.returncode == 0, created.stderr
    async with aiohttp.ClientSession(f"{platform.url}/api/") as client:
        world = World(client)
        for call in DOCUMENTED["call"]:
            places = {"url": platform.url, **await world.prepare(call["run"])}
            assert (run_call(call["run"], places, world.tokens), call["run"]) == (call["status"], call["run"])
            assert ("differs" in call) == (call["status"] >= 400), "a refusal needs a reason"
            if "then" in call:
                assert (run_call(corrected(call), places, world.tokens), call["run"]) == (call["then"], call["run"])


@pytest.mark.parametrize("command", [each for each in DOCUMENTED["command"] if "here" in each], ids=lambda c: c["here"])
def test_every_command_has_a_counterpart(command: dict[str, Any], data_dir: Path) -> None:
    name, *arguments = command["here"].split()
    if name == "make":
        done = subprocess.run(
            ["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
    else:
        done = nocturne(*arguments, "--help", data_dir=data_dir)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("given", DOCUMENTED["environment"])
def test_every_environment_is_understood(given: dict[str, Any], data_dir: Path) -> None:
    done = nocturne("openapi", data_dir=data_dir, **given["variables"])
    assert done.returncode == (1 if "refused" in given else 0), done.stderr
    assert given.get("refused", "") in done.stderr


def test_nothing_in_the_documents_is_left_out() -> None:
    """Checked where the documents lie beside the project."""
    known = {line for text in documented_texts() for line in lines_of(text)}
    for document in DOCUMENTS.glob("*.md"):
        blocks = re.findall(r"^ *```bash\n(.*?)^ *```", document.read_text(), re.DOTALL | re.MULTILINE)
        assert {line for block in blocks for line in lines_of(block)} <= known, document.name


class World:
    """Creates what the calls are about: a new event for each, so that their order does not matter."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.tokens: dict[str, str] = {}
        self._client = client
        self._user = ""
        self._area = ""

    async def prepare(self, call: str) -> dict[str, str]:
        if not self.tokens:
            person = {"name": "Una", "email": "una@example.com", "password": PASSWORD}
            await self._create("auth/signup", person, by="")
            self.tokens = {
                "ADMIN_TOKEN": await self._log_in("admin@example.com"),
                "USER_TOKEN": await self._log_in("una@example.com"),
            }
            extra = await self._create("admin/users", person | {"email": "staff2@example.com"})
            self._user = extra["id"]
            self._area = (await self._create("events/areas", {"name": "Small Hall"}))["id"]
        new_event = {"name": "Tech", "start_time": "2095-05-01T19:00:00Z", "venue": "Hall", "capacity": 50}
        event = (await self._create("events", new_event))["id"]
        booking = ""
        if "/bookings/" in call:
            booking = (await self._create(f"events/{event}/book", {"quantity": 1}, by="USER_TOKEN"))["id"]
        return {"event": event, "booking": booking, "user": self._user, "area": self._area}

    async def _log_in(self, email: str) -> str:
        answer = await self._client.post("auth/login", json={"email": email, "password": PASSWORD})
        token: str = (await answer.json())["access_token"]
        return token

    async def _create(self, path: str, body: dict[str, Any], by: str = "ADMIN_TOKEN") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        answer = await self._client.post(path, json=body, headers=headers | {"Idempotency-Key": path})
        created: dict[str, Any] = await answer.json()
        assert answer.status == 201, created
        return created


def corrected(call: dict[str, Any]) -> str:
    text: str = call["run"]
    for documented, needed in call["instead"].items():
        assert documented in text
        text = text.replace(documented, needed)
    return text


def run_call(text: str, places: dict[str, str], tokens: dict[str, str]) -> int:
    """Run a call as a reader would, with values of their own, and return the status of the response."""
    for documented, meant in DOCUMENTED["stands_for"].items():
        text = text.replace(documented, re.sub(r"{(\w+)}", lambda found: places[found[1]], meant))
    done = subprocess.run(
        ["bash", "-c", SHELL + text],
        env=environment(ROOT, **tokens),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    found = re.match(r"\d{3}", done.stderr)
    assert found, done.stderr
    return int(found[0])


def documented_texts() -> Iterator[str]:
    yield from (call["run"] for call in DOCUMENTED["call"])
    for command in DOCUMENTED["command"]:
        assert ("here" in command) != ("reason" in command)
        yield from command["documented"]


def lines_of(text: str) -> list[str]:
    stripped = [line.strip() for line in text.splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]
