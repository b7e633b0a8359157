"""A platform whose processes a test may kill, and a database with data of every kind, copies of which it may damage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.jobs.schedules import install
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import migrate
from tests.support.box_office import box_office
from tests.support.busy import keep_busy
from tests.support.crowd import Crowd
from tests.support.fault_tally import IS_FULL, FaultTally
from tests.support.slow_service import SlowService, slow_service
from tests.support.stores import postgres_store
from tests.support.whole_platform import WholePlatform, open_event, sign_up, whole_platform

collect_ignore = [] if IS_FULL else ["test_everything_killed.py", "test_full_data_folder.py"]
"""What takes minutes is left to `make faults`."""
TALLY = pytest.StashKey[FaultTally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> FaultTally:
    """Counts what each fault was tried with and what it lost, for the report of `make faults`."""
    return pytestconfig.stash.setdefault(TALLY, FaultTally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if IS_FULL and TALLY in config.stash:
        terminalreporter.section("what was tried, and what was lost")
        for line in config.stash[TALLY].lines():
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def service() -> Iterator[SlowService]:
    with slow_service() as service:
        yield service


@pytest.fixture(scope="session")
def platform(service: SlowService) -> Iterator[WholePlatform]:
    """Real processes, which tests kill and start again."""
    with whole_platform(service.settings | {"CLEANUP_SCHEDULE": "", "DIGEST_SCHEDULE": ""}) as platform:
        yield platform


@pytest.fixture(scope="session")
def tokens(platform: WholePlatform) -> list[str]:
    """The tokens of those who book at once. The first is an admin."""
    return asyncio.run(sign_up(platform, people=8))


@pytest.fixture
async def crowd(platform: WholePlatform, tokens: list[str]) -> AsyncIterator[Crowd]:
    """People who are about to book a new event, whose places are half of those that they will want."""
    async with aiohttp.ClientSession(platform.url) as client:
        yield Crowd(client, await open_event(client, tokens[0], capacity=100), tokens)


@pytest.fixture(scope="session")
def busy_url(postgres_url: str) -> Iterator[str]:
    url = make_url(postgres_url)
    name = f"{url.database}_busy"
    asyncio.run(_on_server(postgres_url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    busy = url.set(database=name).render_as_string(hide_password=False)
    asyncio.run(_fill(busy))
    yield busy
    asyncio.run(_on_server(postgres_url, f"DROP DATABASE {name}"))


@pytest.fixture
async def busy(busy_url: str) -> AsyncIterator[AsyncEngine]:
    """A copy of the platform's data, for this test only."""
    original = make_url(busy_url)
    name = f"{original.database}_copy"
    await _on_server(busy_url, f"CREATE DATABASE {name} TEMPLATE {original.database}")
    engine = create_engine(original.set(database=name).render_as_string(hide_password=False), pool_size=2)
    yield engine
    await engine.dispose()
    await _on_server(busy_url, f"DROP DATABASE {name}")


async def _fill(url: str) -> None:
    engine = create_engine(url, pool_size=5)
    await migrate(engine)
    await install(engine)
    await keep_busy(box_office(postgres_store(engine)))
    await engine.dispose()


async def _on_server(url: str, *statements: str) -> None:
    server = create_async_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await server.dispose()
