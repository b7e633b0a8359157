"""Liveness, readiness and metrics."""

from __future__ import annotations

import asyncio

import structlog

from adapters.metrics.prometheus import PrometheusMetrics
from core.shared.errors import Unavailable
from tests.support.toy_app import BEAR, MakeClient, toy_app


async def fine() -> None:
    return


async def hangs() -> None:
    await asyncio.Event().wait()


async def refuses() -> None:
    raise Unavailable("No worker has been seen for a minute.")


async def breaks() -> None:
    raise ConnectionRefusedError("postgresql://nocturne:swordfish@10.0.0.7/nocturne")


async def test_healthz_reports_that_the_process_is_alive(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(ready={"database": hangs}))
    response = await client.get("/healthz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


async def test_readyz_is_200_when_everything_is_available(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(ready={"database": fine, "redis": fine}))
    response = await client.get("/readyz")
    assert response.status == 200
    assert await response.json() == {"status": "ok", "checks": {"database": "ok", "redis": "ok"}}


async def test_readyz_without_checks_is_ready(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app())
    assert await (await client.get("/readyz")).json() == {"status": "ok", "checks": {}}


async def test_readyz_is_503_and_names_what_is_unavailable(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(ready={"database": breaks, "redis": fine, "jobs": refuses}))
    with structlog.testing.capture_logs() as lines:
        response = await client.get("/readyz")
    assert response.status == 503
    assert await response.json() == {
        "status": "unavailable",
        "checks": {
            "database": "ConnectionRefusedError",
            "redis": "ok",
            "jobs": "No worker has been seen for a minute.",
        },
    }
    assert [line["check"] for line in lines if line["event"] == "readiness check failed"] == ["database"]


async def test_readyz_reports_helpers_but_does_not_need_them(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(ready={"database": fine}, helpers={"redis": refuses}))
    response = await client.get("/readyz")
    assert response.status == 200
    checks = {"database": "ok", "redis": "No worker has been seen for a minute."}
    assert await response.json() == {"status": "ok", "checks": checks}


async def test_hanging_checks_time_out_together(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(ready={"database": hangs, "redis": hangs, "storage": hangs}))
    loop = asyncio.get_running_loop()
    started = loop.time()
    response = await client.get("/readyz")
    assert loop.time() - started < 5.9  # one after the other they would take six seconds
    assert response.status == 503
    assert set((await response.json())["checks"].values()) == {"no answer in 2 s"}


async def test_a_check_that_is_slow_to_cancel_does_not_delay_the_response(aiohttp_client: MakeClient) -> None:
    answered = asyncio.Event()

    async def lingers() -> None:
        try:
            await hangs()
        finally:
            await answered.wait()

    client = await aiohttp_client(toy_app(ready={"database": lingers}))
    async with asyncio.timeout(60):
        response = await client.get("/readyz")
    answered.set()
    assert await response.json() == {"status": "unavailable", "checks": {"database": "no answer in 2 s"}}


async def test_metrics_count_served_requests(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(metrics=PrometheusMetrics()))
    await client.get(f"/api/toys/{BEAR.id}")
    await client.get("/api/toys/nonsense")
    response = await client.get("/metrics", headers={"Accept": "application/openmetrics-text;q=0.9, */*;q=0.1"})
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = (await response.text()).splitlines()
    assert 'nocturne_http_requests_total{method="GET",route="/api/toys/{id}",status="200"} 1' in lines
    assert 'nocturne_http_requests_total{method="GET",route="/api/toys/{id}",status="404"} 1' in lines
    assert 'nocturne_http_request_seconds_count{method="GET",route="/api/toys/{id}"} 2.0' in lines
    assert 'nocturne_http_request_seconds_bucket{le="+Inf",method="GET",route="/api/toys/{id}"} 2.0' in lines
