"""What is installed keeps working until something better is installed completely."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
UNAVAILABLE = f"no-such-package-anywhere==1.0 --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder in which `make install` has succeeded."""
    shutil.copy(MAKEFILE, tmp_path)
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).touch()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    (tmp_path / ".venv" / ".made-for-run").write_text(f"{tmp_path}\n")
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "PIP_NO_INDEX": "1"}
    command = ["make", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def is_usable(folder: Path) -> bool:
    """Whether `make run` would start the platform at once."""
    is_current = make(folder, "--question", ".venv/.made-for-run").returncode == 0
    return is_current and subprocess.run([folder / ".venv/bin/python", "-c", ""], check=False).returncode == 0


@pytest.mark.parametrize("target", ["install-dev", "check"])
def test_an_installation_survives_a_failed_one(installed: Path, target: str) -> None:
    (installed / "requirements-dev.lock").write_text(UNAVAILABLE)
    failed = make(installed, target)
    assert failed.returncode != 0
    assert "no-such-package-anywhere" in failed.stderr
    assert is_usable(installed)


def test_an_installation_survives_a_failed_upgrade(installed: Path) -> None:
    (installed / "requirements.lock").write_text(UNAVAILABLE)
    assert make(installed, "install").returncode != 0
    assert subprocess.run([installed / ".venv/bin/python", "-c", ""], check=False).returncode == 0


def test_what_an_interrupted_installation_left_is_removed(installed: Path) -> None:
    (installed / ".venv.new").mkdir()
    (installed / ".venv.new" / "half").touch()
    done = make(installed, "install-dev")
    assert done.returncode == 0, done.stderr
    assert not (installed / ".venv.new").exists()
    assert not (installed / ".venv" / "half").exists()


def test_the_programs_of_a_new_installation_run(installed: Path) -> None:
    done = make(installed, "install-dev")
    assert done.returncode == 0, done.stderr
    assert is_usable(installed)
    pip = subprocess.run([installed / ".venv/bin/pip", "--version"], capture_output=True, text=True, check=True)
    assert str(installed / ".venv" / "lib") in pip.stdout
