"""When the number of viewers is announced (G1)."""

from __future__ import annotations

import pytest

from adapters.http.live.viewers import MANY, Viewers
from adapters.memory.presence import MemoryPresence


class Announced:
    """Viewers on one process, and the counts that were announced."""

    def __init__(self, presence: MemoryPresence) -> None:
        self.counts: list[tuple[str, int]] = []
        self.viewers = Viewers(presence, self._announce)

    async def _announce(self, room: str, count: int) -> None:
        self.counts.append((room, count))


@pytest.fixture
def presence() -> MemoryPresence:
    return MemoryPresence()


@pytest.fixture
def here(presence: MemoryPresence) -> Announced:
    return Announced(presence)


async def test_the_first_viewer_is_told_at_once_and_the_others_when_there_are_more(here: Announced) -> None:
    assert here.viewers.enter("a", "ada") == 1
    await here.viewers.report(everybody=False)
    assert here.counts == []
    assert here.viewers.enter("a", "bob") == 2
    await here.viewers.report(everybody=False)
    await here.viewers.report(everybody=False)
    assert here.counts == [("a", 2)]


async def test_a_viewer_with_two_connections_is_here_until_the_last_one_ends(here: Announced) -> None:
    for viewer in ("ada", "ada", "bob"):
        here.viewers.enter("a", viewer)
    here.viewers.leave("a", "ada")
    await here.viewers.report(everybody=False)
    here.viewers.leave("a", "ada")
    await here.viewers.report(everybody=False)
    assert here.counts == [("a", 2), ("a", 1)]


async def test_where_many_are_their_count_is_announced_less_often(here: Announced) -> None:
    for number in range(MANY + 1):
        here.viewers.enter("a", f"viewer {number}")
    await here.viewers.report(everybody=False)
    assert here.counts == []
    await here.viewers.report(everybody=True)
    assert here.counts == [("a", MANY + 1)]


async def test_who_comes_to_another_process_is_announced_with_the_next_report_of_everybody(
    here: Announced, presence: MemoryPresence
) -> None:
    here.viewers.enter("a", "ada")
    elsewhere = Announced(presence)
    elsewhere.viewers.enter("a", "bob")
    await elsewhere.viewers.report(everybody=False)
    await here.viewers.report(everybody=True)
    assert here.counts == [("a", 2)]


async def test_a_process_that_stops_leaves_nobody_behind(here: Announced, presence: MemoryPresence) -> None:
    for room in ("a", "b"):
        here.viewers.enter(room, "ada")
    await here.viewers.report(everybody=True)
    here.viewers.leave("a", "ada")
    await here.viewers.leave_all()
    assert await presence.report({"a": [], "b": []}, {}) == {"a": 0, "b": 0}
