"""The sitemap reads the events that it lists and no others, from an index that has no others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.shared.engine import create_engine
from core.catalog.sitemap import PART_SIZE
from tests.support.builders import NOW
from tests.support.query_plans import PlanRecorder
from tests.support.stores import Store, postgres_store

pytestmark = pytest.mark.timeout(300)
"""The first test fills the database."""

EXECUTIONS = 7


@pytest.fixture
async def store(large_url: str, recorder: PlanRecorder) -> AsyncIterator[Store]:
    engine = create_engine(large_url, pool_size=5)
    recorder.listen(engine)
    yield postgres_store(engine)
    await engine.dispose()


async def test_a_part_of_the_sitemap_reads_its_own_events(store: Store, recorder: PlanRecorder) -> None:
    async with store.catalog() as uow:
        parts = await uow.sitemap.parts(NOW, PART_SIZE)
    for _ in range(EXECUTIONS):
        async with store.catalog() as uow:
            assert len(await uow.sitemap.entries(parts[1].first, NOW, 100)) == 100
    assert [plan.statement for plan in recorder.plans[1:] if plan.rows_read() > 300] == []


async def test_the_parts_are_read_from_their_index_alone(store: Store, recorder: PlanRecorder) -> None:
    for _ in range(EXECUTIONS):
        async with store.catalog() as uow:
            assert await uow.sitemap.parts(NOW, PART_SIZE)
    read = {
        (node["Node Type"], node["Index Name"])
        for plan in recorder.plans
        for node in plan.nodes()
        if node.get("Relation Name") == "events"
    }
    assert read == {("Index Only Scan", "events_sitemap_idx")}
