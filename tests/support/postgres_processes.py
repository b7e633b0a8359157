"""Helpers for tests of the embedded PostgreSQL: folders, other processes and queries."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

IS_ROOT = os.geteuid() == 0

_REPOSITORY = Path(__file__).parents[2]
_HOLDER = """
import sys
from pathlib import Path
from adapters.embedded_postgres.server import EmbeddedPostgres
print(EmbeddedPostgres(root_home=Path(sys.argv[2])).start(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


@contextmanager
def public_folder() -> Iterator[Path]:
    """Yield a folder that any user may enter, unlike pytest's: PostgreSQL runs as another user when root starts it."""
    folder = Path(tempfile.mkdtemp(prefix="nocturne-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def query(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run the statements and return the rows of the last one."""

    async def run() -> list[tuple[object, ...]]:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        await engine.dispose()
        return rows

    return asyncio.run(run())


def postmaster(data_dir: Path) -> int | None:
    """Return the id of the process that serves the cluster of `data_dir`, if there is one."""
    file = data_dir / "postgres" / "postmaster.pid"
    if not file.exists():
        return None
    pid = int(file.read_text().splitlines()[0])
    return pid if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else None


def busy_backend(data_dir: Path) -> int | None:
    """Return the id of a process that serves a connection and is in a transaction now, by the title it shows."""
    server = postmaster(data_dir)
    for process in psutil.Process(server).children() if server is not None else ():
        with suppress(psutil.NoSuchProcess):
            title = " ".join(process.cmdline()).strip()
            if "[local]" in title and not title.endswith((" idle", "startup", "authentication")):
                return process.pid
    return None


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.02)


class Holder:
    """Another process that starts the server of a data folder and exits without stopping it."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _HOLDER, str(data_dir), str(data_dir / "root-home")],
            cwd=_REPOSITORY,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        """Wait for the URL of the server and return it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> str:
        """Let the process exit and return its error output."""
        return self.process.communicate("\n" if self.process.poll() is None else None)[1]


@contextmanager
def run_holder(data_dir: Path, **environment: str) -> Iterator[tuple[Holder, str]]:
    """Run a holder until the end of the block, and yield it and its URL."""
    holder = Holder(data_dir, **environment)
    try:
        yield holder, holder.url()
    finally:
        holder.end()


@contextmanager
def run_bystander(as_postgres: bool = False) -> Iterator[int]:
    """Run a process that has nothing to do with any database."""
    user = "embedded_postgres" if as_postgres and IS_ROOT else None
    with subprocess.Popen(["sleep", "60"], user=user) as process:
        yield process.pid
        process.kill()
