"""Create, check, watch and stop an embedded cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from adapters.embedded_postgres.location import EmbeddedPostgresError, MissingCluster

DATABASE = "nocturne"

_INITDB = (
    "--username=postgres",
    "--auth=trust",  # access is limited by unix_socket_permissions
    "--encoding=UTF8",
    "--locale=C",  # a cluster created under one LANG must start under any other
    "--set=listen_addresses=",
    "--set=unix_socket_permissions=0700",
    "--set=port=5432",  # regardless of PGPORT
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--set=log_min_messages=log",  # the platform logs its own errors; these would quote personal data
    "--set=log_checkpoints=off",
)
_CREATE_DATABASE = (
    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)
_FAST_SECONDS, _IMMEDIATE_SECONDS = 30.0, 10.0
_LOG_TAIL_BYTES = 8192
_POLL_SECONDS = 0.02
"""The server is usually the child of another process, so its state has to be polled."""


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, run as `account` if given (by root), without our environment."""

    folder: Path
    account: pwd.struct_passwd | None

    def run(self, name: str, *arguments: str) -> str:
        """Run a program and return its output. Raises EmbeddedPostgresError with its last error line."""
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [str(self.folder / name), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=self.account.pw_uid if self.account else None,
            group=self.account.pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"The embedded database failed: {_error_line(done.stderr, name)}")
        return done.stdout

    def major_version(self) -> str:
        return self.run("postgres", "--version").split()[-1].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folder of a cluster, and the programs that create and run it."""

    folder: Path
    programs: Programs

    def check(self, *, create: bool) -> None:
        """Check that the cluster can be used. A missing one is created, all or nothing, if `create`.

        Raises EmbeddedPostgresError for a missing one otherwise, for one of another version or owner, and for a folder
        that is something else.
        """
        try:
            names = {path.name for path in self.folder.iterdir()}
        except FileNotFoundError:
            names = set()
        except PermissionError as error:
            raise self._wrong_owner(self.folder) from error
        if "PG_VERSION" in names:
            self._check(self.folder / "PG_VERSION")
        elif not names and create:
            self._create()
        elif not names:
            raise MissingCluster(f"There is no database in {self.folder}.")
        else:
            raise EmbeddedPostgresError(
                f"{self.folder} is not empty and contains no database: move it away, or choose another DATA_DIR."
            )

    def _check(self, version: Path) -> None:
        account = self.programs.account
        if version.stat().st_uid != (account.pw_uid if account else os.geteuid()):
            raise self._wrong_owner(version)
        created_by, ours = version.read_text().strip(), self.programs.major_version()
        if created_by != ours:
            raise EmbeddedPostgresError(
                f"The database in {self.folder} was created by PostgreSQL {created_by}, and this is PostgreSQL {ours}: "
                f"dump it with PostgreSQL {created_by} and restore it here, or choose another DATA_DIR. "
                "Nothing was changed."
            )

    def _wrong_owner(self, path: Path) -> EmbeddedPostgresError:
        # Starting it as root would give the folder to PostgreSQL's own user and lock its owner out.
        return EmbeddedPostgresError(
            f"The database in {self.folder} belongs to the user {_user_name(path.stat().st_uid)}: start as that user."
        )

    def _create(self) -> None:
        # Created aside and renamed at the end: an interrupted start leaves nothing that looks like a cluster.
        temporary = self.folder.with_name(f"{self.folder.name}.making")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(mode=0o700)
        try:
            if self.programs.account:
                os.chown(temporary, self.programs.account.pw_uid, self.programs.account.pw_gid)
            self.programs.run("initdb", f"--pgdata={temporary}", *_INITDB)
            temporary.rename(self.folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def create_database_if_missing(self, socket_folder: Path, port: int) -> None:
        """Create the platform's database. Its lower() and character classes support all Unicode letters."""
        where = (f"--host={socket_folder}", f"--port={port}", "--username=postgres", "--dbname=postgres")

        def query(sql: str) -> str:
            return self.programs.run("psql", "--no-psqlrc", "-qAt", *where, f"--command={sql}").strip()

        if DATABASE not in query("SELECT datname FROM pg_database").splitlines():
            query(_CREATE_DATABASE)

    def wait_until_settled(self, until: float) -> None:
        """Wait until the server is ready or not running; in the latter case remove what a killed one left behind.

        `until` is a time.monotonic() value. Raises EmbeddedPostgresError when it has passed.
        """
        while self.server() is not None:
            if self._status() == "ready":
                return
            if time.monotonic() > until:
                raise EmbeddedPostgresError(f"The database in {self.folder} is still starting or stopping: try again.")
            time.sleep(_POLL_SECONDS)
        self._stop_orphans()
        # Otherwise the library and PostgreSQL would mistake a program that reuses a dead server's id for that server.
        # Child processes of a dead server that still run are detected anyway: PostgreSQL finds them by shared memory.
        for file in (self.folder / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            file.unlink(missing_ok=True)

    def _stop_orphans(self) -> None:
        """Stop the child processes of a killed server at once. One in a long query would run on and block a start."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                is_child = process.name() == "postgres" and "".join(process.cmdline()).startswith("postgres: ")
                if is_child and Path(process.cwd()) == self.folder:
                    process.send_signal(signal.SIGQUIT)

    def server(self) -> psutil.Process | None:
        """Return the running server of this cluster."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            return process if self._is_served_by(process) else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def _is_served_by(self, process: psutil.Process) -> bool:
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return False
        command = process.cmdline()
        served = command[command.index("-D") + 1] if "-D" in command[:-1] else None
        return served is not None and Path(served).resolve() == self.folder

    def stop(self) -> None:
        """Stop the server if it is running: a fast shutdown first, an immediate one if that takes too long."""
        server = self.server()
        if server is None:
            return
        for signal_number, seconds in ((signal.SIGINT, _FAST_SECONDS), (signal.SIGQUIT, _IMMEDIATE_SECONDS)):
            server.send_signal(signal_number)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if self.server() is None:
                    return
                time.sleep(_POLL_SECONDS)
        raise EmbeddedPostgresError(f"The database in {self.folder} did not stop (process {server.pid}).")

    def log_size(self) -> int:
        log = self.folder / "log"
        return log.stat().st_size if log.exists() else 0

    def last_error(self, after: int) -> str:
        """Return the last error in the server's log after byte `after`, or "" if there is none."""
        log = self.folder / "log"
        if self.log_size() <= after:
            return ""
        with log.open("rb") as file:
            file.seek(max(after, self.log_size() - _LOG_TAIL_BYTES))
            return _error_line(file.read().decode(errors="replace"), "postgres")

    def _status(self) -> str:
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()[7].strip()
        except (FileNotFoundError, IndexError):  # it is being written or removed
            return "unknown"


def _error_line(text: str, program: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors_only = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "ERROR:", "error:"))]
    return (errors_only or lines or [f"{program} failed without a message"])[-1]


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
