"""Starting the platform that is measured, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "Nocturne is at http://"


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for data that goes away afterwards. It is open to all: started by root, PostgreSQL is another user."""
    with tempfile.TemporaryDirectory(prefix="nocturne-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[tuple[str, int]]:
    """The host and port of an API process, from its start to its end. What it has to say goes to stderr.

    Without the worker, which would tell of every booking meanwhile: it is a process of its own where speed matters.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(data_dir),
        "PORT": "0",
        "DEMO": "off",
        "LOG_LEVEL": "warning",
        "RATE_LIMITS": "off",
        **settings,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bench.server", "serve", "--no-worker"],
        cwd="/",  # away from anybody's .env
        env=environment,
        stdout=subprocess.PIPE,
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
