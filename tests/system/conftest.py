"""Folders for embedded clusters, and servers in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.embedded_postgres.server import EmbeddedPostgres
from tests.support.postgres_processes import public_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with public_folder() as made:
        yield made


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Starts a server in a data folder; what it started is stopped at the end."""
    servers: list[EmbeddedPostgres] = []

    def started(data_dir: Path) -> EmbeddedPostgres:
        servers.append(EmbeddedPostgres(root_home=folder / "root-home"))
        servers[-1].start(data_dir)
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder whose cluster is made, for the tests that need no fresh one. No server runs in it."""
    with public_folder() as folder:
        with EmbeddedPostgres() as server:
            server.start(folder)
        yield folder
