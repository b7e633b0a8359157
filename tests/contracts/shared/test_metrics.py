"""What every adapter of Metrics promises."""

from __future__ import annotations

import platform
import time
from importlib.metadata import version

import pytest

from adapters.memory.metrics import MemoryMetrics
from adapters.metrics.prometheus import PrometheusMetrics
from core.shared.metrics import Metrics
from tests.support.builders import NOW

ALWAYS_THERE = ("process_", "nocturne_build_info")
"""Metrics of the process, which only a real one has."""


@pytest.fixture(params=[MemoryMetrics, PrometheusMetrics])
def metrics(request: pytest.FixtureRequest) -> Metrics:
    made: Metrics = request.param()
    return made


def figures(metrics: Metrics) -> dict[str, float]:
    body, content_type = metrics.render()
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert body[-1:] in (b"", b"\n")
    samples = (line.rpartition(" ") for line in body.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples if not name.startswith(ALWAYS_THERE)}


def test_without_requests_there_are_no_samples(metrics: Metrics) -> None:
    assert figures(metrics) == {}


def test_requests_are_counted_by_method_route_and_status(metrics: Metrics) -> None:
    for method, route, status in [("GET", "/a/{id}", 200)] * 3 + [("GET", "/a/{id}", 404), ("POST", "/a", 201)]:
        metrics.count_request(method, route, status, 0.25)
    samples = figures(metrics)
    assert samples['nocturne_http_requests_total{method="GET",route="/a/{id}",status="200"}'] == 3
    assert samples['nocturne_http_requests_total{method="GET",route="/a/{id}",status="404"}'] == 1
    assert samples['nocturne_http_requests_total{method="POST",route="/a",status="201"}'] == 1


def test_requests_for_places_are_counted_by_outcome(metrics: Metrics) -> None:
    for outcome in ("confirmed", "confirmed", "sold-out"):
        metrics.count_booking(outcome)
    assert figures(metrics) == {
        'nocturne_bookings_total{outcome="confirmed"}': 2,
        'nocturne_bookings_total{outcome="sold-out"}': 1,
    }


def test_live_updates_are_counted_by_message_and_by_the_reason_for_dropping_a_client(metrics: Metrics) -> None:
    for count in (3, 2):
        metrics.set_websocket_connections(count)
        metrics.count_live_messages("seats:changed", count)
    metrics.count_dropped_connection("slow-reader")
    assert figures(metrics) == {
        "nocturne_websocket_connections": 2,
        'nocturne_websocket_messages_sent_total{event="seats:changed"}': 5,
        'nocturne_websocket_connections_dropped_total{reason="slow-reader"}': 1,
    }


def test_uses_of_caches_are_counted_by_cache_and_outcome(metrics: Metrics) -> None:
    for cache, outcome in (("lists", "hit"), ("lists", "hit"), ("figures", "hit"), ("lists", "miss")):
        metrics.count_cache_use(cache, outcome)
    assert figures(metrics) == {
        'nocturne_cache_uses_total{cache="lists",outcome="hit"}': 2,
        'nocturne_cache_uses_total{cache="lists",outcome="miss"}': 1,
        'nocturne_cache_uses_total{cache="figures",outcome="hit"}': 1,
    }


def test_the_process_and_its_version_are_rendered() -> None:
    lines = PrometheusMetrics().render()[0].decode().splitlines()
    values = {line.partition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}
    assert values["process_resident_memory_bytes"] > 2**20
    assert values["process_cpu_seconds_total"] > 0
    assert 0 < values["process_open_fds"] <= values["process_max_fds"]
    assert 0 < values["process_start_time_seconds"] <= time.time()
    assert values[f'nocturne_build_info{{python="{platform.python_version()}",version="{version("nocturne")}"}}'] == 1


def test_seconds_add_up_by_method_and_route(metrics: Metrics) -> None:
    for status, seconds in [(200, 0.25), (404, 0.5)]:
        metrics.count_request("GET", "/a/{id}", status, seconds)
    samples = figures(metrics)
    assert samples['nocturne_http_request_seconds_sum{method="GET",route="/a/{id}"}'] == 0.75
    assert samples['nocturne_http_request_seconds_count{method="GET",route="/a/{id}"}'] == 2


def test_runs_of_jobs_are_counted_by_task_and_outcome_and_timed_by_task(metrics: Metrics) -> None:
    for outcome, seconds in [("done", 0.5), ("done", 0.25), ("failed", 4.0)]:
        metrics.observe_job("scrape", outcome, seconds)
    samples = figures(metrics)
    assert samples['nocturne_job_runs_total{outcome="done",task="scrape"}'] == 2
    assert samples['nocturne_job_runs_total{outcome="failed",task="scrape"}'] == 1
    assert samples['nocturne_job_run_seconds_sum{task="scrape"}'] == 4.75
    assert samples['nocturne_job_run_seconds_count{task="scrape"}'] == 3


def test_only_the_newest_job_counts_are_rendered(metrics: Metrics) -> None:
    metrics.set_job_counts({("scrape", "waiting"): 2, ("scrape", "dead"): 1})
    metrics.set_job_counts({("scrape", "dead"): 3})
    assert figures(metrics) == {'nocturne_jobs{status="dead",task="scrape"}': 3}
    metrics.set_job_counts({})
    assert figures(metrics) == {}


def test_only_the_newest_notification_counts_are_rendered(metrics: Metrics) -> None:
    metrics.set_notification_counts({("people", "waiting"): 2, ("webhooks", "dead"): 1})
    metrics.set_notification_counts({("people", "dead"): 3})
    assert figures(metrics) == {'nocturne_notifications{status="dead",to="people"}': 3}


def test_batches_and_lags_of_the_loop_are_counted_and_added_up(metrics: Metrics) -> None:
    for requests in (1, 3, 128):
        metrics.observe_batch(requests)
    metrics.observe_loop_lag(0.25)
    samples = figures(metrics)
    assert samples["nocturne_booking_batch_requests_sum"] == 132
    assert samples["nocturne_booking_batch_requests_count"] == 3
    assert samples["nocturne_event_loop_lag_seconds_sum"] == 0.25


def test_waiting_requests_come_and_go(metrics: Metrics) -> None:
    for count in (1, 1, -1):
        metrics.add_waiting_requests(count)
    assert figures(metrics) == {"nocturne_booking_requests_waiting": 1}


def test_only_the_newest_lag_sources_and_connections_are_rendered(metrics: Metrics) -> None:
    metrics.set_notification_lag({"people": 3.0, "webhooks": 4.0})
    metrics.set_notification_lag({"people": 5.5})
    metrics.set_sources({"dice": NOW, "web": NOW}, {("dice", "found"): 4})
    metrics.set_sources({"dice": NOW}, {("dice", "found"): 3, ("dice", "rejected"): 1})
    metrics.set_database_connections({("bookings", "in-use"): 3})
    metrics.set_database_connections({("bookings", "idle"): 2})
    assert figures(metrics) == {
        'nocturne_notification_lag_seconds{to="people"}': 5.5,
        'nocturne_source_last_success_timestamp_seconds{source="dice"}': NOW.timestamp(),
        'nocturne_source_listings{outcome="found",source="dice"}': 3,
        'nocturne_source_listings{outcome="rejected",source="dice"}': 1,
        'nocturne_database_connections{pool="bookings",state="idle"}': 2,
    }


def test_redis_is_up_or_down(metrics: Metrics) -> None:
    metrics.set_redis_up(True)
    assert figures(metrics) == {"nocturne_redis_up": 1}
    metrics.set_redis_up(False)
    assert figures(metrics) == {"nocturne_redis_up": 0}


def test_two_instances_count_separately(metrics: Metrics) -> None:
    type(metrics)().count_request("GET", "/a", 200, 0.1)
    assert figures(metrics) == {}
