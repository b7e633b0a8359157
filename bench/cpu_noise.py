"""The load that other processes put on the machine, which affects the figures."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import psutil


class OtherProcesses:
    """Measures, from its creation, how many cores processes use on average that are not this one or its children."""

    def __init__(self) -> None:
        self._began, self._before = perf_counter(), _cpu_seconds_of_others()

    def cores(self) -> float:
        return max(0.0, (_cpu_seconds_of_others() - self._before) / (perf_counter() - self._began))


def _cpu_seconds_of_others() -> float:
    now, ours = psutil.cpu_times(), 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            # The times of children that have ended are included in those of the parent that waited for them.
            ours += sum(process.cpu_times()[:4])
    return sum(now) - now.idle - getattr(now, "iowait", 0.0) - getattr(now, "guest", 0.0) - ours
