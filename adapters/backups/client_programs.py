"""PostgreSQL's client programs, which dump a database and load a dump."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from adapters.backups.archive import CHUNK_BYTES, BackupError, read_chunks

EXTENSIONS = ("cube", "fuzzystrmatch", "pg_trgm", "unaccent")
"""Those of the migrations. A server may have others, which the platform has no right to create elsewhere."""

_LOCK_SECONDS = 10
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
"""A line at the beginning of every script of pg_restore 17 and newer, which older servers refuse."""

_VARIABLES = {
    "gsslib": "PGGSSLIB",
    "host": "PGHOST",
    "krbsrvname": "PGKRBSRVNAME",
    "passfile": "PGPASSFILE",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "ssl": "PGSSLMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "user": "PGUSER",
}
"""What the options of a DATABASE_URL are to libpq."""

_NO_TLS = re.compile("SSL support is not compiled in|no encryption")
_TLS_ADVICE = "; the programs that came with Nocturne can't use TLS: install PostgreSQL's own (postgresql-client)"


@dataclass(frozen=True, slots=True)
class ClientPrograms:
    """pg_dump, pg_restore and psql of one PostgreSQL version, for one database."""

    folder: Path
    major: int
    environment: Mapping[str, str]

    def dump(self) -> Iterator[bytes]:
        """Yield a dump in the custom format, of one snapshot. Raises BackupError."""
        options = [f"--extension={name}" for name in EXTENSIONS]
        command = [
            *self._command("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema=public"),
            *options,
            f"--lock-wait-timeout={_LOCK_SECONDS}s",
        ]
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=self.environment) as process:  # noqa: S603
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                yield from read_chunks(process.stdout)
            if process.returncode != 0:
                raise BackupError(f"The database can't be dumped: {_reason(errors, 'pg_dump')}.")

    def load(self, dump: IO[bytes], *, server_major: int) -> None:
        """Replace what is in the database by the dump, in one transaction: all or nothing. Raises BackupError."""
        restore = self._command("pg_restore", "--format=custom", "--no-owner", "--no-privileges", "--file=-")
        execute = self._command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
        with tempfile.TemporaryFile() as restore_errors, tempfile.TemporaryFile() as errors:
            with (
                subprocess.Popen(  # noqa: S603
                    restore, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=restore_errors, env=self.environment
                ) as restoring,
                subprocess.Popen(  # noqa: S603
                    execute, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=self.environment
                ) as executing,
            ):
                feeding = threading.Thread(target=_write_all, args=(restoring.stdin, read_chunks(dump)))
                feeding.start()
                _write_all(executing.stdin, _script(restoring, server_major))
                feeding.join()
            if restoring.returncode != 0 and executing.returncode == 0:
                raise BackupError(f"The dump can't be read: {_reason(restore_errors, 'pg_restore')}.")
            if executing.returncode != 0:
                raise BackupError(f"The database can't be restored: {_reason(errors, 'psql')}. Nothing was changed.")

    def _command(self, program: str, *options: str) -> list[str]:
        return [str(self.folder / program), *options, "--no-password"]


def find_programs(folders: Sequence[Path], url: URL, *, at_least: int, is_embedded: bool) -> ClientPrograms:
    """Return the programs of the first folder that are new enough. Raises BackupError."""
    majors = {folder: _major_version(folder) for folder in folders if (folder / "pg_dump").exists()}
    for folder, major in majors.items():
        if major >= at_least:
            return ClientPrograms(folder, major, _environment(url, is_embedded=is_embedded))
    found = f"the newest here are of PostgreSQL {max(majors.values())}" if majors else "there are none here"
    raise BackupError(
        f"This needs pg_dump, pg_restore and psql of PostgreSQL {at_least} or newer, and {found}: "
        f"install them (postgresql-client-{at_least})."
    )


def _major_version(folder: Path) -> int:
    command = [str(folder / "pg_dump"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    found = re.search(r"\) ([0-9]+)", done.stdout)
    return int(found[1]) if found else 0


def _environment(url: URL, *, is_embedded: bool) -> dict[str, str]:
    """Return the environment in which libpq reaches the database. Passwords are in no command line."""
    ours = {name: value for name, value in os.environ.items() if not (is_embedded and name.startswith("PG"))}
    options = {_VARIABLES[name]: value for name, value in url.query.items() if name in _VARIABLES}
    parts = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    given = {name: str(value) for name, value in parts.items() if value is not None}
    joined = {name: value if isinstance(value, str) else ",".join(value) for name, value in options.items()}
    fixed = {"PGDATABASE": url.database or "", "PGCONNECT_TIMEOUT": "5", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C"}
    return ours | given | joined | fixed


def _script(restoring: subprocess.Popen[bytes], server_major: int) -> Iterator[bytes]:
    yield (
        f"BEGIN; SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'; SET LOCAL client_min_messages = warning;\n"
        "DROP SCHEMA IF EXISTS public CASCADE;\n"
    ).encode()
    assert restoring.stdout is not None  # noqa: S101 - it is a pipe
    first = restoring.stdout.read(CHUNK_BYTES)
    yield first.replace(_UNKNOWN_BEFORE_17, b"", 1) if server_major < 17 else first
    yield from read_chunks(restoring.stdout)
    # Without it, the transaction is rolled back at the end of the script.
    yield b"COMMIT;\n" if restoring.wait() == 0 else b""


def _write_all(pipe: IO[bytes] | None, chunks: Iterable[bytes]) -> None:
    """Write to a program and close its input; one that ends before says why by itself."""
    assert pipe is not None  # noqa: S101
    with suppress(BrokenPipeError):
        for chunk in chunks:
            pipe.write(chunk)
    with suppress(BrokenPipeError):
        pipe.close()


def _reason(errors: IO[bytes], program: str) -> str:
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    first = next(
        (line for line in lines if re.search("error:|ERROR:|FATAL:", line)), [*lines, "no reason was given"][0]
    )
    reason = re.sub(r"^.*?(error:\s+|ERROR:\s+|FATAL:\s+)+", "", first).rstrip(".")
    return f"{reason}{_TLS_ADVICE if _NO_TLS.search(reason) else ''}" if reason else f"{program} failed"
