"""The compose file keeps to the compose specification, and no secret has a default."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
MAY_BE_MISSING = {"JWT_SECRET_PREVIOUS", "NOTIFICATION_TOKEN"}


def test_the_compose_file_keeps_to_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_secrets_are_asked_for_and_have_no_default() -> None:
    used = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN)\w*)([^}]*)\}", COMPOSE.read_text())
    assert {name for name, _ in used} == {"POSTGRES_PASSWORD", "JWT_SECRET"} | MAY_BE_MISSING
    assert all(rest == "-" if name in MAY_BE_MISSING else rest.startswith(":?") for name, rest in used)
