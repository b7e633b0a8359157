"""A server that speaks S3 (moto), in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_SECONDS = 60.0
BUCKET = "pictures"


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where the server is, and its process."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a server with an empty bucket on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = S3Server(f"http://127.0.0.1:{port}", process)
        _create_bucket(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _create_bucket(server: S3Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        request = urllib.request.Request(f"{server.url}/{BUCKET}", method="PUT")
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
