"""Background work in the API process waits while the event loop is busy, but not for ever."""

from __future__ import annotations

from collections.abc import Iterator

from entrypoints.giving_way import BUSY_SECONDS, MAX_PROBES, give_way


class EventLoop:
    """An event loop whose timers are so late, one after the other."""

    def __init__(self, lateness: Iterator[float]) -> None:
        self._lateness, self.probes = lateness, 0

    async def measure(self) -> float:
        self.probes += 1
        return next(self._lateness)


async def test_work_goes_ahead_at_once_when_nothing_else_runs() -> None:
    loop = EventLoop(iter([0.0]))
    await give_way(loop.measure)
    assert loop.probes == 1


async def test_work_waits_while_timers_are_late() -> None:
    loop = EventLoop(iter([BUSY_SECONDS, 1.0, 0.1, BUSY_SECONDS / 2]))
    await give_way(loop.measure)
    assert loop.probes == 4


async def test_work_goes_ahead_under_lasting_load() -> None:
    loop = EventLoop(iter(lambda: 1.0, None))
    await give_way(loop.measure)
    assert loop.probes == MAX_PROBES


async def test_it_measures_the_running_loop() -> None:
    await give_way()
