"""Who else is at work on the machine: figures that are taken beside others tell of them, too."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import psutil


class Neighbours:
    """Looks on from its making: how many cores, on average, processes took that are not of this one's family."""

    def __init__(self) -> None:
        self._began, self._before = perf_counter(), _seconds_of_others()

    def cores(self) -> float:
        return max(0.0, (_seconds_of_others() - self._before) / (perf_counter() - self._began))


def _seconds_of_others() -> float:
    now, ours = psutil.cpu_times(), 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            # Those that have ended are among the children's times of whoever waited for them.
            ours += sum(process.cpu_times()[:4])
    return sum(now) - now.idle - getattr(now, "iowait", 0.0) - getattr(now, "guest", 0.0) - ours
