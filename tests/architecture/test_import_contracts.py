"""The import contracts hold, and each one works: a planted violation breaks the contract it is meant for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "adapters", "entrypoints")

VIOLATIONS = {
    "inwards": ("core/booking/placing.py", "import adapters.system.clock"),
    "container": ("adapters/http/api/booking/handlers.py", "import container"),
    "adapters": ("adapters/memory/booking.py", "import adapters.postgres.booking.bookings"),
    "slices": ("core/booking/model.py", "import core.catalog.model"),
    "shared": ("core/shared/access.py", "import core.accounts.model"),
    "accounts": ("core/accounts/signing_in.py", "import core.accounts.signing_up"),
    "alerts": ("core/alerts/model.py", "import core.alerts.ports"),
    "booking": ("core/booking/model.py", "import core.booking.ports"),
    "event-editing": ("core/catalog/editing.py", "import core.event_editing.ports"),
    "event-editing-reach": ("core/jobs/managing.py", "import core.event_editing.ports"),
    "administration": ("core/jobs/managing.py", "import core.administration.ports"),
    "administration-and-events": ("core/booking/reading.py", "import core.administration.ports"),
    "inside-administration": ("core/administration/candidates.py", "import core.administration.preparing"),
    "inside-event-editing": ("core/event_editing/ports.py", "import core.event_editing.changing"),
    "personal-data": ("core/accounts/changing.py", "import core.personal_data.ports"),
    "personal-data-reach": ("core/jobs/managing.py", "import core.personal_data.ports"),
    "inside-personal-data": ("core/personal_data/ports.py", "import core.personal_data.deleting"),
    "analytics": ("core/booking/reading.py", "import core.analytics.ports"),
    "analytics-reach": ("core/analytics/recount.py", "import core.jobs.model"),
    "inside-analytics": ("core/analytics/model.py", "import core.analytics.recount"),
    "catalog": ("core/catalog/errors.py", "import core.catalog.model"),
    "discovery": ("core/discovery/model.py", "import core.discovery.ports"),
    "jobs": ("core/jobs/ports.py", "import core.jobs.managing"),
    "media": ("core/media/ports.py", "import core.media.serving"),
    "notifications": ("core/notifications/ports.py", "import core.notifications.delivering"),
    "live": ("core/live/frames.py", "import core.live.ports"),
    "webhooks": ("core/webhooks/model.py", "import core.webhooks.ports"),
}


def contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def lint(copy: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code to plant violations in, each for a while."""
    folder = tmp_path_factory.mktemp("code")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    for file in ("container.py", "pyproject.toml"):
        shutil.copy(ROOT / file, folder / file)
    return folder


@contextmanager
def planted(file: Path, text: str) -> Iterator[None]:
    """Add a text to a file until the end of the block."""
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{text}\n")
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before)


def test_the_code_keeps_its_contracts(copy: Path) -> None:
    code, output = lint(copy)
    assert code == 0, output


def test_every_contract_has_a_violation_to_prove_it() -> None:
    assert VIOLATIONS.keys() == contracts().keys()


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str) -> None:
    file, line = VIOLATIONS[contract]
    with planted(copy / file, line):
        code, output = lint(copy)
    assert code != 0
    assert f"{contracts()[contract]} BROKEN" in output


def test_a_new_module_must_be_added_to_its_contract(copy: Path) -> None:
    with planted(copy / "core/booking/helpers.py", '"""A module that no contract lists."""'):
        code, output = lint(copy)
    assert code != 0
    assert "helpers" in output
