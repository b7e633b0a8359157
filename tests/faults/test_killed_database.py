"""The embedded PostgreSQL, killed under those who use it, is started again, or a clear line says why it can't be (J1).

`test_kills.py` kills it in a rush of bookings.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.embedded_postgres.supervision import Supervisor
from tests.support.platform import nocturne, run_worker
from tests.support.postgres_processes import postmaster, public_folder, query
from tests.support.waiting import until


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with public_folder() as folder:
        yield folder / "data"


def kill_postmaster(data_dir: Path) -> int:
    killed = postmaster(data_dir)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    return killed


async def answers(client: aiohttp.ClientSession, path: str) -> bool:
    try:
        async with client.get(path) as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def until_ready(client: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(60):
        while not await answers(client, "/readyz"):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


def is_replaced(data_dir: Path, killed: int) -> bool:
    return postmaster(data_dir) not in (None, killed)


def needs_help(logs: list[Any]) -> bool:
    return any(line["event"] == "embedded database does not start: remove the cause" for line in logs)


async def until_counting(url: str) -> None:
    active = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count%' AND state = 'active'"
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(query, url, active):  # noqa: ASYNC110 - PostgreSQL does not notify of it
            await asyncio.sleep(0.05)


async def test_a_worker_alone_starts_a_killed_database_again(data_dir: Path, unused_tcp_port: int) -> None:
    assert nocturne("migrate", data_dir=data_dir).returncode == 0
    with run_worker(data_dir, "--port", str(unused_tcp_port)):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as client:
            await until_ready(client)
            killed = kill_postmaster(data_dir)
            await until(lambda: is_replaced(data_dir, killed))
            await until_ready(client)


async def test_a_database_that_does_not_start_asks_for_help_and_starts_once_the_cause_is_gone(data_dir: Path) -> None:
    with EmbeddedPostgres() as server:
        server.start(data_dir)
        supervisor = Supervisor(server, data_dir, retry_seconds=(0.0, 0.05))
        configuration = data_dir / "postgres" / "postgresql.conf"
        sound = configuration.read_text()
        configuration.write_text(f"{sound}shared_buffers = 'everything'\n")
        with capture_logs() as logs:
            await supervisor.start()
            killed = kill_postmaster(data_dir)
            await until(lambda: needs_help(logs))
            configuration.write_text(sound)
            await until(lambda: is_replaced(data_dir, killed))
            await supervisor.stop()
    reasons = [line["reason"] for line in logs if line["event"] == "embedded database did not start"]
    assert len(reasons) >= 3
    assert all("FATAL" in reason for reason in reasons)


async def test_a_process_that_ran_out_of_files_goes_on_watching(data_dir: Path) -> None:
    with EmbeddedPostgres() as server:
        server.start(data_dir)
        supervisor = Supervisor(server, data_dir)
        await supervisor.start()
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with capture_logs() as logs:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
            try:
                await until(lambda: any(line["event"] == "embedded database could not be checked" for line in logs))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            killed = kill_postmaster(data_dir)
            await until(lambda: is_replaced(data_dir, killed))
        await supervisor.stop()


async def test_a_removed_data_folder_is_not_replaced_by_an_empty_database(data_dir: Path) -> None:
    with EmbeddedPostgres() as server:
        server.start(data_dir)
        supervisor = Supervisor(server, data_dir, retry_seconds=(0.05,))
        with capture_logs() as logs:
            kill_postmaster(data_dir)
            (data_dir / "postgres").rename(data_dir / "elsewhere")
            await supervisor.start()
            await until(lambda: needs_help(logs))
            await supervisor.stop()
        assert not (data_dir / "postgres").exists()


async def test_a_process_left_in_a_long_query_does_not_delay_the_start(data_dir: Path) -> None:
    with EmbeddedPostgres() as server:
        url = server.start(data_dir)
        create = ("CREATE TABLE committed (word text)", "INSERT INTO committed VALUES ('durable')")
        await asyncio.to_thread(query, url, *create)
        running = asyncio.create_task(
            asyncio.to_thread(
                query, url, "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 10000000) b"
            )
        )
        await until_counting(url)
        kill_postmaster(data_dir)
        assert await asyncio.to_thread(server.start, data_dir) == url
        assert await asyncio.to_thread(query, url, "SELECT word FROM committed") == [("durable",)]
        assert isinstance((await asyncio.gather(running, return_exceptions=True))[0], Exception)
