"""A platform of its own for each test file, on the embedded database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.platform import Running, run_server


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data folder, open to any user: PostgreSQL runs as another one when root starts it."""
    with tempfile.TemporaryDirectory(prefix="nocturne-e2e-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """The API alone: a worker would paint and match what no test waits for."""
    with run_server(data_dir, "--no-worker") as running:
        yield running
