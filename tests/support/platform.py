"""Starts the platform like a user: with the command `nocturne`, in a separate process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOCTURNE = Path(sys.executable).with_name("nocturne")
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A platform that answers at `url`."""

    url: str
    process: subprocess.Popen[str]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, wait for the end, and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(TIMEOUT_SECONDS)


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a process of the platform, without the settings of this machine."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATA_DIR": str(data_dir),
        "PORT": "0",
        "LOG_FORMAT": "console",  # the address is announced in plain text
        **settings,
    }


@contextmanager
def run_server(data_dir: Path, *options: str, **settings: str) -> Iterator[Running]:
    """Run `nocturne serve` until the end of the block."""
    with subprocess.Popen(
        [str(NOCTURNE), "serve", *options],
        cwd="/",  # so that no .env file is read
        env=environment(data_dir, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.extend(process.stderr or ()))
        reader.start()
        try:
            yield Running(_address(process, errors), process)
        finally:
            process.terminate()
            reader.join()


@contextmanager
def run_relay(data_dir: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run `nocturne process-notifications` until the end of the block."""
    command = [str(NOCTURNE), "process-notifications", "--sleep", "0.1"]
    with subprocess.Popen(command, cwd="/", env=environment(data_dir, **settings), text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def run_worker(data_dir: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run `nocturne worker` until the end of the block."""
    command = [str(NOCTURNE), "worker", *options]
    with subprocess.Popen(command, cwd="/", env=environment(data_dir, **settings), text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str], errors: list[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.match(r"Nocturne is at (http\S+)", line):
            return found[1]
    process.wait()
    raise AssertionError("".join(errors))


def nocturne(*arguments: str, data_dir: Path, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `nocturne` to its end."""
    return subprocess.run(
        [NOCTURNE, *arguments],
        cwd="/",  # so that no .env file is read
        env=environment(data_dir, **settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
