"""One embedded cluster: made, checked, watched while it comes and goes, and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from adapters.embedded_postgres.location import EmbeddedPostgresError

DATABASE = "nocturne"

_INITDB = (
    "--username=postgres",
    "--auth=trust",  # whoever reaches the socket is trusted: see unix_socket_permissions
    "--encoding=UTF8",
    "--locale=C",  # a cluster made under one LANG must start under any other
    "--set=listen_addresses=",
    "--set=unix_socket_permissions=0700",
    "--set=port=5432",  # and not what PGPORT says when it is started
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--set=log_min_messages=log",  # the platform logs its own errors; these lines would quote people's data, for ever
    "--set=log_checkpoints=off",
)
_CREATE_DATABASE = (
    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)
_FAST_SECONDS, _IMMEDIATE_SECONDS = 30.0, 10.0
_LOG_TAIL_BYTES = 8192
_LOOK_AGAIN_SECONDS = 0.02
"""The server is mostly another process's child: nothing tells that it ended or is ready, so it has to be looked at."""


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, run as `account` when that is given (by root), with nothing of our environment."""

    folder: Path
    account: pwd.struct_passwd | None

    def run(self, name: str, *arguments: str) -> str:
        """What the program prints. Raises EmbeddedPostgresError with the last line of its complaint."""
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
            raise EmbeddedPostgresError(f"The embedded database can't be had: {_complaint(done.stderr, name)}")
        return done.stdout

    def major_version(self) -> str:
        return self.run("postgres", "--version").split()[-1].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's folder, and the programs that made it or will make it."""

    folder: Path
    programs: Programs

    def create_if_missing(self) -> None:
        """Make the cluster, whole or not at all; leave one that is there as it is.

        Raises EmbeddedPostgresError for one of another version or owner, and for a folder that is something else.
        """
        try:
            names = {path.name for path in self.folder.iterdir()}
        except FileNotFoundError:
            names = set()
        except PermissionError as error:
            raise self._not_ours(self.folder) from error
        if not names:
            self._create()
        elif "PG_VERSION" in names:
            self._check(self.folder / "PG_VERSION")
        else:
            raise EmbeddedPostgresError(
                f"{self.folder} is no database, and not empty: move it away, or choose another DATA_DIR."
            )

    def _check(self, version: Path) -> None:
        account = self.programs.account
        if version.stat().st_uid != (account.pw_uid if account else os.geteuid()):
            raise self._not_ours(version)
        made, ours = version.read_text().strip(), self.programs.major_version()
        if made != ours:
            raise EmbeddedPostgresError(
                f"The database in {self.folder} was made by PostgreSQL {made}, and this is PostgreSQL {ours}: dump it "
                f"with PostgreSQL {made} and restore it here, or choose another DATA_DIR. Nothing was changed."
            )

    def _not_ours(self, path: Path) -> EmbeddedPostgresError:
        # Joining anyway, as root, would hand the folder to PostgreSQL's own user and lock its owner out.
        return EmbeddedPostgresError(
            f"The database in {self.folder} belongs to the user {_name_of(path.stat().st_uid)}: start as that user."
        )

    def _create(self) -> None:
        # Aside and renamed at the end: a start that was cut off leaves nothing that looks like a cluster.
        making = self.folder.with_name(f"{self.folder.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        try:
            if self.programs.account:
                os.chown(making, self.programs.account.pw_uid, self.programs.account.pw_gid)
            self.programs.run("initdb", f"--pgdata={making}", *_INITDB)
            making.rename(self.folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def create_database_if_missing(self, socket_folder: Path, port: int) -> None:
        """Make the platform's database. Its lower() and classes of characters know all of Unicode's letters."""
        where = (f"--host={socket_folder}", f"--port={port}", "--username=postgres", "--dbname=postgres")

        def query(sql: str) -> str:
            return self.programs.run("psql", "--no-psqlrc", "-qAt", *where, f"--command={sql}").strip()

        if DATABASE not in query("SELECT datname FROM pg_database").splitlines():
            query(_CREATE_DATABASE)

    def settle(self, until: float) -> None:
        """Return when the server is ready or gone, and forget one that only its lock files remember.

        `until` is on time.monotonic()'s clock. Raises EmbeddedPostgresError when that is over.
        """
        while self.server() is not None:
            if self._status() == "ready":
                return
            if time.monotonic() > until:
                raise EmbeddedPostgresError(f"The database in {self.folder} is still starting or stopping: try again.")
            time.sleep(_LOOK_AGAIN_SECONDS)
        # The library and PostgreSQL both take another program that now has the id of a server that died for the server.
        # Processes which that server may have left at work are safe from this: PostgreSQL knows them by shared memory.
        for file in (self.folder / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            file.unlink(missing_ok=True)

    def server(self) -> psutil.Process | None:
        """The running server of this cluster."""
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

    def halt(self) -> None:
        """Stop the server, if it runs: at once but in good order, and without order when it does not obey."""
        server = self.server()
        if server is None:
            return
        for order, seconds in ((signal.SIGINT, _FAST_SECONDS), (signal.SIGQUIT, _IMMEDIATE_SECONDS)):
            server.send_signal(order)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if self.server() is None:
                    return
                time.sleep(_LOOK_AGAIN_SECONDS)
        raise EmbeddedPostgresError(f"The database in {self.folder} does not stop (process {server.pid}).")

    def log_size(self) -> int:
        log = self.folder / "log"
        return log.stat().st_size if log.exists() else 0

    def last_words(self, after: int) -> str:
        """The last complaint in the server's log from byte `after` on; "" when there is none."""
        log = self.folder / "log"
        if self.log_size() <= after:
            return ""
        with log.open("rb") as file:
            file.seek(max(after, self.log_size() - _LOG_TAIL_BYTES))
            return _complaint(file.read().decode(errors="replace"), "postgres")

    def _status(self) -> str:
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()[7].strip()
        except (FileNotFoundError, IndexError):  # it is being written, or taken away
            return "unknown"


def _complaint(text: str, program: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    grave = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "ERROR:", "error:"))]
    return (grave or lines or [f"{program} failed without a word"])[-1]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
