"""A platform of its own for each test file, on the embedded database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.platform import Running, serving


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Where a platform keeps its data: below folders that are open to all, as for root PostgreSQL is another user."""
    with tempfile.TemporaryDirectory(prefix="nocturne-e2e-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    with serving(data_dir) as running:
        yield running
