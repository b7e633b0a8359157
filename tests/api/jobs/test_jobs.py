"""Background jobs for admins, and in the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from core.jobs.model import MAX_ATTEMPTS
from core.shared.access import Role
from core.shared.jobs import Job
from tests.support.api_client import Api, Person


async def run_and_fail(api: Api, job: Job) -> None:
    """Run a job that fails until it is dead."""
    stop, tries = asyncio.Event(), 0

    async def fail(_: Mapping[str, str]) -> None:
        nonlocal tries
        tries += 1
        if tries == MAX_ATTEMPTS:
            stop.set()
        # The next attempt is due as soon as the failure is recorded.
        asyncio.get_running_loop().call_soon(api.clock.move, timedelta(hours=2))
        raise ValueError("no luck")

    await api.container.enqueue_job()(job)
    await api.container.worker().work({job.task: fail}, stop)


async def list_jobs(admin: Person, **query: str) -> list[dict[str, object]]:
    answer = await admin.get("/api/admin/jobs", **query)
    assert answer.status == 200
    items: list[dict[str, object]] = (await answer.json())["items"]
    return items


async def test_an_admin_sees_why_it_is_dead_and_retries_it(api: Api) -> None:
    await run_and_fail(api, Job("scrape", {"city": "london"}))
    root = await api.sign_in("root", Role.ADMIN)
    await api.container.enqueue_job()(Job("clean-up"))
    [dead] = await list_jobs(root, status="dead")
    assert (dead["task"], dead["arguments"], dead["attempts"]) == ("scrape", {"city": "london"}, MAX_ATTEMPTS)
    assert dead["last_error"] == "ValueError: no luck"
    assert [each["task"] for each in await list_jobs(root)] == ["clean-up", "scrape"]
    assert [each["task"] for each in await list_jobs(root, task="clean-up")] == ["clean-up"]
    figures = await (await api.anonymous.get("/metrics")).text()
    assert 'nocturne_jobs{status="dead",task="scrape"} 1' in figures
    assert 'nocturne_jobs{status="waiting",task="clean-up"} 1' in figures

    answer = await root.post(f"/api/admin/jobs/{dead['id']}/retry")
    again = await answer.json()
    assert (answer.status, again["status"], again["attempts"]) == (200, "waiting", 0)
    assert await list_jobs(root, status="dead") == []
    assert 'status="dead"' not in await (await api.anonymous.get("/metrics")).text()


@pytest.mark.parametrize(
    "path", ["00000000-0000-0000-0000-0000000000ff", "ffffffff-ffff-ffff-ffff-ffffffffffff", "42", "-1", "x%00"]
)
async def test_an_unknown_job_is_not_found(api: Api, path: str) -> None:
    root = await api.sign_in("root", Role.ADMIN)
    answer = await root.post(f"/api/admin/jobs/{path}/retry")
    assert (answer.status, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("query", [{"status": "done"}, {"task": "x" * 101}, {"cursor": "nonsense"}])
async def test_an_invalid_filter_is_refused(api: Api, query: dict[str, str]) -> None:
    root = await api.sign_in("root", Role.ADMIN)
    assert (await root.get("/api/admin/jobs", **query)).status in (400, 422)
