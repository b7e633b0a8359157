"""The processes that use an embedded cluster: one at a time may start or stop it, and the last one stops it.

The library keeps a list of process ids in the cluster (`.handle_pids.json`) and never checks it: after a `kill -9`
the server would never be stopped. So each process also locks the byte at the offset of its id in a separate file. The
kernel releases the lock when the process ends, however it ends, and no later process with the same id holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil


@contextmanager
def exclusive_access(file: Path) -> Iterator[None]:
    """Hold the lock on starting and stopping the cluster that `file` belongs to. Raises OSError."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Registration:
    """The registration of this process as a user of one cluster; `count` is how often it has registered."""

    descriptor: int
    process: int
    count: int = 0


# Closing any descriptor of a file releases all locks of this process on it, so there is exactly one for each file.
_registrations: dict[Path, _Registration] = {}


class ClusterUsers:
    """The ids of the processes that use a cluster. Call every method within `exclusive_access`."""

    def __init__(self, cluster: Path, lock_file: Path) -> None:
        """The bytes of `lock_file` are locked. It is outside the cluster, which may not exist yet."""
        self._list = cluster / ".handle_pids.json"
        self._file = lock_file

    def register(self) -> None:
        """Register this process, and remove dead processes from the library's list."""
        registration = _registrations.get(self._file)
        if registration is None or registration.process != os.getpid():  # a forked child has no lock
            registration = _Registration(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), os.getpid())
            _registrations[self._file] = registration
            fcntl.lockf(registration.descriptor, fcntl.LOCK_EX, 1, os.getpid())
        registration.count += 1
        self._prune(registration)

    def unregister(self) -> bool:
        """Undo one `register` of this process. Returns True if no process uses the cluster any more."""
        registration = _registrations[self._file]
        registration.count -= 1
        users = self._prune(registration)
        if registration.count == 0:
            del _registrations[self._file]
            os.close(registration.descriptor)
        return not users and registration.count == 0

    def _prune(self, registration: _Registration) -> list[int]:
        if not self._list.exists():
            return []
        users = [pid for pid in self._listed_pids() if self._is_using(pid, registration)]
        self._list.write_text(json.dumps(users))
        return users

    def _listed_pids(self) -> list[int]:
        try:
            return [pid for pid in map(int, json.loads(self._list.read_text())) if pid > 0]
        except (ValueError, TypeError):  # power was lost during a write
            return []

    def _is_using(self, pid: int, registration: _Registration) -> bool:
        if pid == registration.process:
            return registration.count > 0
        return _is_locked(registration.descriptor, pid) or self._started_by_the_library(pid)

    def _started_by_the_library(self, pid: int) -> bool:
        # A script may use the library directly. It was started before the list was last written (with a second of
        # tolerance for rounding); a process started later merely got the id of one that died.
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.create_time() <= self._list.stat().st_mtime + 1
        except psutil.NoSuchProcess:
            return False


def _is_locked(descriptor: int, byte: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):  # POSIX allows either
        return True
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)
    return False
