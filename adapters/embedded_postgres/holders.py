"""Who uses an embedded cluster: one at a time may start or stop it, and the last to leave stops it.

The library keeps a list of process ids in the cluster (`.handle_pids.json`) and believes it for ever: after a `kill -9`
the server would never stop again. So each process here also locks, in a file of its own, the byte that its id numbers.
The kernel takes the lock back when the process ends, however it ends, and passes it to no later process of the same id.
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
def turn(file: Path) -> Iterator[None]:
    """Wait until no other process or thread starts or stops the cluster that `file` stands for. Raises OSError."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Presence:
    """This process among the holders of one cluster; `handles` counts how often it has entered."""

    descriptor: int
    process: int
    handles: int = 0


# Closing any descriptor of the file would give back all locks this process has on it: one for each file, kept here.
_present: dict[Path, _Presence] = {}


class Holders:
    """The processes that use a cluster, each named by its id. Every method is to be called in one's `turn`."""

    def __init__(self, cluster: Path, presence: Path) -> None:
        """`presence` is the file whose bytes are locked. It lies outside the cluster, which may not be made yet."""
        self._list = cluster / ".handle_pids.json"
        self._file = presence

    def enter(self) -> None:
        """Count this process among the holders, and take from the library's list those who are none any more."""
        presence = _present.get(self._file)
        if presence is None or presence.process != os.getpid():  # a forked child inherits the entry, but no lock
            presence = _Presence(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), os.getpid())
            _present[self._file] = presence
            fcntl.lockf(presence.descriptor, fcntl.LOCK_EX, 1, os.getpid())
        presence.handles += 1
        self._prune(presence)

    def leave(self) -> bool:
        """Take back one `enter` of this process. True when no process holds the cluster any more."""
        presence = _present[self._file]
        presence.handles -= 1
        holding = self._prune(presence)
        if presence.handles == 0:
            del _present[self._file]
            os.close(presence.descriptor)
        return not holding and presence.handles == 0

    def _prune(self, presence: _Presence) -> list[int]:
        if not self._list.exists():
            return []
        holding = [pid for pid in self._listed() if self._holds(pid, presence)]
        self._list.write_text(json.dumps(holding))
        return holding

    def _listed(self) -> list[int]:
        try:
            return [pid for pid in map(int, json.loads(self._list.read_text())) if pid > 0]
        except (ValueError, TypeError):  # the power failed in the middle of a write
            return []

    def _holds(self, pid: int, presence: _Presence) -> bool:
        if pid == presence.process:
            return presence.handles > 0
        return _is_locked(presence.descriptor, pid) or self._joined_by_the_library_alone(pid)

    def _joined_by_the_library_alone(self, pid: int) -> bool:
        # Somebody's script may call the library itself. It was started before the list was last written (a second
        # allowed for the kernel's rounding); a process started later merely got the id of one that died.
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
    except (BlockingIOError, PermissionError):  # POSIX leaves open which of the two it is
        return True
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)
    return False
