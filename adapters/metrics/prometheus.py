"""Metrics in the memory of the process, scraped by Prometheus, which adds up those of all processes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from aioprometheus.collectors import Counter, Gauge, Histogram, Registry
from aioprometheus.renderer import render

from adapters.metrics.process import ProcessMetrics
from core.shared.metrics import Metrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from a cached page to what a client no longer waits for."""

_BATCH_BUCKETS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)

_JOB_BUCKETS = (0.01, 0.1, 1.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds: from sending a notification to scraping the pages of a city."""


K = TypeVar("K", bound=tuple[str, ...])


class PrometheusMetrics(Metrics):
    """Has a registry of its own, so several instances in one process count separately."""

    def __init__(self) -> None:
        self._registry = Registry()
        self._requests = Counter("nocturne_http_requests_total", "Requests answered.", registry=self._registry)
        self._seconds = Histogram(
            "nocturne_http_request_seconds", "Time to the response.", registry=self._registry, buckets=_BUCKETS
        )
        self._bookings = Counter("nocturne_bookings_total", "Requests for places.", registry=self._registry)
        self._cache_uses = Counter(
            "nocturne_cache_uses_total", "Answers that may come from a cache.", registry=self._registry
        )
        self._runs = Counter("nocturne_job_runs_total", "Attempts of jobs that have ended.", registry=self._registry)
        self._run_seconds = Histogram(
            "nocturne_job_run_seconds", "Duration of an attempt.", registry=self._registry, buckets=_JOB_BUCKETS
        )
        self._jobs = Gauge("nocturne_jobs", "Unfinished jobs of the whole platform.", registry=self._registry)
        self._notifications = Gauge(
            "nocturne_notifications", "Unsent notifications of the whole platform.", registry=self._registry
        )
        self._connections = Gauge(
            "nocturne_websocket_connections", "Open connections for live updates.", registry=self._registry
        )
        self._messages = Counter(
            "nocturne_websocket_messages_sent_total", "Messages to clients with live updates.", registry=self._registry
        )
        self._dropped = Counter(
            "nocturne_websocket_connections_dropped_total",
            "Connections for live updates that were closed because of their clients.",
            registry=self._registry,
        )
        self._batches = Histogram(
            "nocturne_booking_batch_requests",
            "Requests for places that were decided in one transaction.",
            registry=self._registry,
            buckets=_BATCH_BUCKETS,
        )
        self._waiting = Gauge(
            "nocturne_booking_requests_waiting",
            "Requests for places that wait for an answer.",
            registry=self._registry,
        )
        self._loop_lag = Histogram(
            "nocturne_event_loop_lag_seconds",
            "How much later than it should have been a timer was run.",
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._notification_lag = Gauge(
            "nocturne_notification_lag_seconds",
            "How long the oldest notification of the whole platform has been due.",
            registry=self._registry,
        )
        self._source_successes = Gauge(
            "nocturne_source_last_success_timestamp_seconds",
            "When a source was last gathered from with success, as a Unix time.",
            registry=self._registry,
        )
        self._source_listings = Gauge(
            "nocturne_source_listings", "Listings of the last run of a source.", registry=self._registry
        )
        self._database_connections = Gauge(
            "nocturne_database_connections", "Database connections of the process.", registry=self._registry
        )
        self._redis_up = Gauge("nocturne_redis_up", "Whether Redis answers: 1 or 0.", registry=self._registry)
        self._process = ProcessMetrics(self._registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.inc({"method": method, "route": route, "status": str(status)})
        # Without the status: fourteen buckets for each status of each route would be too many series.
        self._seconds.observe({"method": method, "route": route}, seconds)

    def count_booking(self, outcome: str) -> None:
        self._bookings.inc({"outcome": outcome})

    def count_cache_use(self, cache: str, outcome: str) -> None:
        self._cache_uses.inc({"cache": cache, "outcome": outcome})

    def observe_job(self, task: str, outcome: str, seconds: float) -> None:
        self._runs.inc({"task": task, "outcome": outcome})
        self._run_seconds.observe({"task": task}, seconds)

    def set_job_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._jobs, ("task", "status"), counts)

    def set_notification_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._notifications, ("to", "status"), counts)

    def set_websocket_connections(self, count: int) -> None:
        self._connections.set({}, count)

    def count_live_messages(self, event: str, count: int) -> None:
        self._messages.add({"event": event}, count)

    def count_dropped_connection(self, reason: str) -> None:
        self._dropped.inc({"reason": reason})

    def observe_batch(self, requests: int) -> None:
        self._batches.observe({}, requests)

    def add_waiting_requests(self, count: int) -> None:
        self._waiting.add({}, count)

    def observe_loop_lag(self, seconds: float) -> None:
        self._loop_lag.observe({}, seconds)

    def set_notification_lag(self, seconds: Mapping[str, float]) -> None:
        _set(self._notification_lag, ("to",), {(to,): lag for to, lag in seconds.items()})

    def set_sources(self, last_success: Mapping[str, datetime], listings: Mapping[tuple[str, str], int]) -> None:
        _set(self._source_successes, ("source",), {(name,): at.timestamp() for name, at in last_success.items()})
        _set(self._source_listings, ("source", "outcome"), listings)

    def set_database_connections(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._database_connections, ("pool", "state"), counts)

    def set_redis_up(self, is_up: bool) -> None:
        self._redis_up.set({}, int(is_up))

    def render(self) -> tuple[bytes, str]:
        self._process.update()
        # aioprometheus only knows the text format, whatever the Accept header says.
        body, headers = render(self._registry, [])
        return body, headers["Content-Type"]


def _set(gauge: Gauge, labels: tuple[str, ...], values: Mapping[K, float]) -> None:
    """Replace all values of a gauge by these, whose keys are the values of its labels."""
    gauge.values.clear()
    for names, value in values.items():
        gauge.set(dict(zip(labels, names, strict=True)), value)
