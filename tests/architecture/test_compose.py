"""The Compose file follows the specification, and no secret has a default."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


def test_the_compose_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_secrets_are_required_and_have_no_default() -> None:
    used = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN)\w*)([^}]*)\}", COMPOSE.read_text())
    assert {name for name, _ in used} == {"POSTGRES_PASSWORD", "JWT_SECRET"}
    assert all(rest.startswith(":?") for _, rest in used)


def test_every_setting_reaches_api_and_worker_and_no_password_is_in_a_url() -> None:
    text = COMPOSE.read_text()
    assert "  env_file:\n    - path: .env\n      required: false\n" in text
    assert not re.search(r"://[^\s]*\$", text.replace("${PUBLIC_URL:-http://localhost:8000}", ""))
