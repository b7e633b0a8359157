"""`nocturne serve --processes 4`: a process that starts the others, starts those again that end, and stops them all."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from adapters.postgres.shared.engine import count_allowed_connections, create_engine
from core.shared.lifecycle import StartError
from entrypoints.api import prepare_demo
from entrypoints.children import Child, supervise
from entrypoints.demo_programme.accounts import DemoLogins
from entrypoints.operations import bind_socket
from entrypoints.platform import open_platform, run_database
from entrypoints.settings import Profile, Settings, SettingsError, http_url
from entrypoints.signals import stop_signal

_log = structlog.get_logger(__name__)

_PROGRAM = str(Path(sys.executable).with_name("nocturne"))


async def serve_in_processes(
    settings: Settings,
    count: int,
    *,
    with_worker: bool,
    announce: Callable[[str, DemoLogins | None], None],
    operations_port: int | None = None,
) -> bool:
    """Serve with `count` API processes and, by default, a worker process, until SIGINT or SIGTERM. Return whether all
    have finished their work. Raises StartError and SettingsError.

    This process keeps the embedded database running, migrates the schema and creates the demo, once for all.
    `announce` is called when all processes answer. The first API process serves its health and metrics at
    `operations_port`, each other one at the port after the previous one's, and the worker at the last.
    """
    must_have_what_processes_share(settings)
    with reserve_port(settings.host, settings.port) as port:
        async with run_database(settings, create=True) as url:
            logins = await _prepare(settings)
            await _warn_of_too_few_connections(settings, url, count)
            environment = os.environ | share_machine(settings, count, os.cpu_count() or 1) | {"PORT": str(port)}
            children = [
                Child(name, [_PROGRAM, *command, "--supervised", name], environment)
                for name, command in build_commands(count, with_worker=with_worker, operations_port=operations_port)
            ]
            return await supervise(children, stop_signal(), lambda: announce(http_url(settings.host, port), logins))


def build_commands(count: int, *, with_worker: bool, operations_port: int | None) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the command of each process."""

    def option(name: str, number: int) -> list[str]:
        return [] if operations_port is None else [name, str(operations_port + number)]

    for number in range(count):
        yield f"api-{number + 1}", ["serve", "--no-worker", *option("--operations-port", number)]
    if with_worker:
        yield "worker", ["worker", *option("--port", count)]


def must_have_what_processes_share(settings: Settings) -> None:
    """Raise SettingsError if several processes would not act as one with these settings."""
    if settings.profile is Profile.MEMORY:
        raise SettingsError("PROFILE is memory, whose data is inside one process: --processes needs another PROFILE")
    if settings.redis_url is None:
        raise SettingsError(
            "REDIS_URL is not set: several processes share rate limits and live updates through Redis. "
            "Set it, or leave --processes out"
        )


@contextmanager
def reserve_port(host: str, port: int) -> Iterator[int]:
    """Keep the port for this process and those it starts, without listening; yield it. Raises StartError.

    0 is any free port. A port in use is an error even if another platform of this user shares it between its processes.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise StartError("This system can't share a port between processes: run nocturne serve without --processes.")
    with bind_socket(host, port) as exclusive:
        family, address = exclusive.family, exclusive.getsockname()
        only_v6 = family == socket.AF_INET6 and exclusive.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    with socket.socket(family) as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            reserved.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        reserved.bind(address)
        yield address[1]


def share_machine(settings: Settings, count: int, cores: int) -> dict[str, str]:
    """Return settings for each of `count` processes that would otherwise take all cores, or do again what is done."""
    share = max(1, cores // count)
    return {
        "DEMO": "off",
        "ARGON2_THREADS": str(settings.argon2_threads or share),
        "SEARCH_CONNECTIONS": str(settings.search_connections or max(1, share // 2)),
    }


async def _prepare(settings: Settings) -> DemoLogins | None:
    async with open_platform(settings, create=True) as container:
        return await prepare_demo(container, settings) if settings.demo else None


def count_connections(settings: Settings, count: int, cores: int) -> int:
    """Return how many database connections `count` API processes may open at most: their pools, and one to listen."""
    searches = int(share_machine(settings, count, cores)["SEARCH_CONNECTIONS"])
    return count * (settings.database_pool_size + settings.list_connections + searches + 1)


async def _warn_of_too_few_connections(settings: Settings, url: str, count: int) -> None:
    """Log a warning if the API processes may open more connections than the database allows."""
    engine = create_engine(url, pool_size=1)
    try:
        allowed = await count_allowed_connections(engine)
    finally:
        await engine.dispose()
    wanted = count_connections(settings, count, os.cpu_count() or 1)
    if wanted > allowed:
        _log.warning(
            "the database allows fewer connections than the processes may open: lower DATABASE_POOL_SIZE",
            allowed=allowed,
            wanted=wanted,
        )
