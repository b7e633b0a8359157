"""The health of sources, as the metrics show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.metrics import MemoryMetrics
from core.discovery.measuring import MeasureSources
from core.discovery.model import Rejection, RunReport, Source
from core.shared.errors import Unavailable
from core.shared.ids import RunId
from tests.support.builders import NOW
from tests.support.stores import Store

SUCCESS = RunReport(source=Source.DICE, scope=None, started_at=NOW, finished_at=NOW, found=12)


async def add_runs(store: Store, *reports: RunReport) -> None:
    async with store.discovery() as uow:
        for number, report in enumerate(reports):
            await uow.runs.add(RunId(UUID(int=number)), report)
        await uow.commit()


async def test_the_last_run_is_counted_and_the_last_success_dated(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    rejected = (Rejection("https://dice.example/1", "no date"),)
    failed = replace(SUCCESS, finished_at=later, found=0, rejected=rejected, failure="no events")
    await add_runs(store, SUCCESS, failed)
    metrics = MemoryMetrics()
    await MeasureSources(store.discovery, metrics)()
    assert metrics.source_successes == {"dice": NOW}
    assert metrics.source_listings == {("dice", "found"): 0, ("dice", "rejected"): 1}


async def test_they_are_not_shown_while_they_are_unknown(store: Store) -> None:
    def fail() -> None:
        raise Unavailable("The database is not available right now.")

    metrics = MemoryMetrics(source_successes={"dice": NOW})
    with pytest.raises(Unavailable):
        await MeasureSources(fail, metrics)()  # type: ignore[arg-type]
    assert metrics.source_successes == {}
