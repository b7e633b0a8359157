"""Starting the platform as its user does: the command `nocturne`, in a process of its own."""

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
STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A platform that answers at `url`."""

    url: str
    process: subprocess.Popen[str]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STARTS_WITHIN)


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """What a process of the platform sees: nothing of the machine's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATA_DIR": str(data_dir),
        "PORT": "0",
        **settings,
    }


@contextmanager
def serving(data_dir: Path, *options: str, **settings: str) -> Iterator[Running]:
    """`nocturne serve`, from its start to its end."""
    with subprocess.Popen(
        [str(NOCTURNE), "serve", *options],
        cwd="/",  # away from anybody's .env
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
def relaying(data_dir: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`nocturne process-notifications`, from its start to its end."""
    command = [str(NOCTURNE), "process-notifications", "--sleep", "0.1"]
    with subprocess.Popen(command, cwd="/", env=environment(data_dir, **settings), text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def laboring(data_dir: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`nocturne worker`, from its start to its end."""
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
    """A command of `nocturne`, run to its end."""
    return subprocess.run(
        [NOCTURNE, *arguments],
        cwd="/",  # away from anybody's .env
        env=environment(data_dir, **settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=STARTS_WITHIN,
    )
