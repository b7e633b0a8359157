"""Starts the platform that is measured, in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "Nocturne is at http://"


@contextmanager
def data_folder() -> Iterator[Path]:
    """Yield a temporary data folder, open to any user: PostgreSQL runs as another one when root starts it."""
    with tempfile.TemporaryDirectory(prefix="nocturne-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@contextmanager
def serving(
    data_dir: Path, worker: str = "--no-worker", log: BinaryIO | None = None, /, **settings: str
) -> Iterator[tuple[str, int]]:
    """Run an API process until the end of the block and yield its host and port. It logs to `log`, or to stderr.

    Without a worker, unless it is `--worker`: it would send notifications meanwhile, and for speed it runs in a process
    of its own.
    """
    options = {
        "DATA_DIR": str(data_dir),
        "PORT": "0",
        "DEMO": "off",
        "LOG_LEVEL": "warning",
        "LOG_FORMAT": "console",  # the address is announced in plain text
        "RATE_LIMITS": "off",
    }
    with running("bench.server", "serve", worker, log=log, **options | settings) as address:
        yield address


def serving_process(port: int) -> psutil.Process:
    """Return the process of ours that serves this port."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in process.net_connections()):
                return process
    raise LookupError(f"no process of ours serves port {port}")


@contextmanager
def running(module: str, *arguments: str, log: BinaryIO | None = None, **environment: str) -> Iterator[tuple[str, int]]:
    """Run a module that announces its address until the end of the block, and yield its host and port."""
    with subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *arguments],
        cwd="/",  # so that no .env file is read
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> tuple[str, int]:
    for line in process.stdout or ():
        if line.startswith(ADDRESS):
            host, _, port = line.removeprefix(ADDRESS).split()[0].rpartition(":")
            return host, int(port)
    raise RuntimeError("the server did not start")
