"""The Compose file follows the specification, and no secret has a default."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML  # which check-jsonschema reads it with

from entrypoints.children import STOP_SECONDS

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


def read_compose() -> Any:
    return YAML(typ="safe").load(COMPOSE)


def test_the_compose_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_secrets_are_required_and_have_no_default() -> None:
    used = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN)\w*)([^}]*)\}", COMPOSE.read_text())
    assert {name for name, _ in used} == {"POSTGRES_PASSWORD", "JWT_SECRET", "AWS_SECRET_ACCESS_KEY"}
    assert all(rest.startswith(":?") for _, rest in used)


def test_only_the_proxy_is_published_and_the_stores_reach_nothing() -> None:
    compose = read_compose()
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["back"]["internal"]
    assert all(services[name]["networks"] == ["back"] for name in ("postgres", "redis", "storage"))
    assert [name for name, service in services.items() if "front" in service.get("networks", ())] == ["proxy", "api"]


def test_every_service_has_the_least_rights_and_a_health_check() -> None:
    services = read_compose()["services"]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("read_only") or name == "postgres", name
        assert "healthcheck" in service or name == "bucket", name


def test_a_process_is_not_killed_before_it_has_finished_its_work() -> None:
    services = read_compose()["services"]
    assert all(int(services[name]["stop_grace_period"].removesuffix("s")) > STOP_SECONDS for name in ("api", "worker"))


def test_the_image_has_what_runs_and_nothing_else() -> None:
    lines = (COMPOSE.parent / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    copied = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert copied == {
        *("adapters", "core", "entrypoints", "migrations", "container.py"),
        *("pyproject.toml", "README.md", "requirements.lock"),
    }
    assert all((COMPOSE.parent / name).exists() for name in copied)


def test_every_setting_reaches_api_and_worker_and_no_password_is_in_a_url() -> None:
    text = COMPOSE.read_text()
    assert "  env_file:\n    - path: .env\n      required: false\n" in text
    assert not re.search(r"://[^\s]*\$", text.replace("${PUBLIC_URL:-http://localhost:8000}", ""))
