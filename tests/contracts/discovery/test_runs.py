"""The history of scrape runs, in every store."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core.discovery.errors import RunNotFound
from core.discovery.model import Rejection, RunOutcome, RunReport, Source, StoredRun
from core.discovery.ports import RunFilter
from core.discovery.reading_runs import ListRuns, ListSources, ReadRun
from core.shared.access import Role
from core.shared.errors import Forbidden
from core.shared.ids import RunId
from core.shared.paging import PageRequest
from tests.support.builders import NOW, a_person
from tests.support.stores import Store

ADMIN = a_person(Role.ADMIN)


async def keep(store: Store, number: int, source: Source, **values: object) -> StoredRun:
    at = NOW + timedelta(minutes=number)
    run = StoredRun(RunId(UUID(int=number)), RunReport(source, "London x 3", at, at, **values))  # type: ignore[arg-type]
    async with store.discovery() as uow:
        await uow.runs.add(run.id, run.report)
        await uow.commit()
    return run


async def test_runs_are_listed_by_source_and_outcome_and_read_whole(store: Store) -> None:
    good = await keep(store, 1, Source.DICE, found=3, new=2, unchanged=1, warnings=("odd",))
    odd = await keep(store, 2, Source.DICE, failure="it found no events", quarantined=True)
    broken = await keep(store, 3, Source.MEETUP, failure="time-out", rejected=(Rejection("Late show", "no date"),))
    read, list_runs = ReadRun(store.discovery), ListRuns(store.discovery)
    for run in (good, odd, broken):
        assert await read(run.id, by=ADMIN) == run
    for wanted, expected in (
        (RunFilter(), [broken, odd, good]),
        (RunFilter(source=Source.DICE), [odd, good]),
        (RunFilter(outcome=RunOutcome.STORED), [good]),
        (RunFilter(outcome=RunOutcome.QUARANTINED), [odd]),
        (RunFilter(outcome=RunOutcome.FAILED), [broken]),
        (RunFilter(Source.WEB), []),
    ):
        assert (await list_runs(wanted, PageRequest(), by=ADMIN)).items == expected
    first = await list_runs(RunFilter(), PageRequest(limit=2), by=ADMIN)
    second = await list_runs(RunFilter(), PageRequest(limit=2, cursor=first.next_cursor), by=ADMIN)
    assert [*first.items, *second.items] == [broken, odd, good]
    with pytest.raises(RunNotFound):
        await read(RunId(UUID(int=9)), by=ADMIN)
    with pytest.raises(Forbidden):
        await list_runs(RunFilter(), PageRequest(), by=a_person(Role.ORGANIZER))


async def test_each_source_has_its_last_runs(store: Store) -> None:
    runs = [await keep(store, number, Source.DICE) for number in range(1, 33)]
    health = {each.source: each for each in await ListSources(store.discovery)(by=ADMIN)}
    assert list(health) == list(Source)
    assert health[Source.DICE].last == runs[-1]
    assert len(health[Source.DICE].runs) == 30
    assert health[Source.WEB].last is None
