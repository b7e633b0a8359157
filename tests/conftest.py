"""PostgreSQL for the tests that ask for it: one server per run, one database per test process.

Libraries are imported inside the fixtures, so that a test without a database starts quickly.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SHARED = "NOCTURNE_TEST_DATA_DIR"


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("ci")  # the same examples in every run, and no test that fails on a busy machine
    if SHARED not in os.environ:  # xdist workers inherit the folder of their controller
        folder = tempfile.mkdtemp(prefix="nocturne-tests-")
        Path(folder).chmod(0o755)
        os.environ[SHARED] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """The URL of a migrated database that belongs to this test process."""
    from tests.support.database import running_database

    with running_database(Path(os.environ[SHARED]), f"test_{worker_id}") as url:
        yield url


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty, migrated database."""
    from adapters.postgres.shared.engine import create_engine
    from tests.support.database import empty

    engine = create_engine(postgres_url, pool_size=20)
    yield engine
    await empty(engine)
    await engine.dispose()
