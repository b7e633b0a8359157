"""Components start in order, stop in reverse order, and all stop whatever fails."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from core.shared.lifecycle import Lifecycle, StartError, lifespan


@dataclass
class Component(Lifecycle):
    name: str
    log: list[str]
    fails_at: set[str] = field(default_factory=set)

    async def start(self) -> None:
        self._record("start")

    async def stop(self) -> None:
        self._record("stop")

    def _record(self, step: str) -> None:
        self.log.append(f"{step} {self.name}")
        if step in self.fails_at:
            raise StartError(f"{self.name} can't {step}")


async def test_components_stop_in_the_reverse_order_of_their_start() -> None:
    log: list[str] = []
    async with lifespan([Component("one", log), Component("two", log)]):
        log.append("run")
    assert log == ["start one", "start two", "run", "stop two", "stop one"]


async def test_a_component_that_fails_to_start_is_stopped_with_those_before_it() -> None:
    log: list[str] = []
    components = [Component("one", log), Component("two", log, fails_at={"start"}), Component("three", log)]
    with pytest.raises(StartError, match="two can't start"):
        async with lifespan(components):
            log.append("run")
    assert log == ["start one", "start two", "stop two", "stop one"]


async def test_a_component_that_fails_to_stop_keeps_no_other_from_stopping() -> None:
    log: list[str] = []
    components = [Component("one", log), Component("two", log, fails_at={"stop"})]
    with pytest.raises(StartError, match="two can't stop"):
        async with lifespan(components):
            log.append("run")
    assert log == ["start one", "start two", "run", "stop two", "stop one"]
