"""Metrics in the memory of the process, scraped by Prometheus, which adds up those of all processes."""

from __future__ import annotations

from collections.abc import Mapping

from aioprometheus.collectors import Counter, Gauge, Histogram, Registry
from aioprometheus.renderer import render

from adapters.metrics.process import ProcessMetrics
from core.shared.metrics import Metrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from a cached page to what a client no longer waits for."""

_JOB_BUCKETS = (0.01, 0.1, 1.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds: from sending a notification to scraping the pages of a city."""


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
        _set(self._jobs, "task", counts)

    def set_notification_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._notifications, "to", counts)

    def set_websocket_connections(self, count: int) -> None:
        self._connections.set({}, count)

    def count_live_messages(self, event: str, count: int) -> None:
        self._messages.add({"event": event}, count)

    def count_dropped_connection(self, reason: str) -> None:
        self._dropped.inc({"reason": reason})

    def render(self) -> tuple[bytes, str]:
        self._process.update()
        # aioprometheus only knows the text format, whatever the Accept header says.
        body, headers = render(self._registry, [])
        return body, headers["Content-Type"]


def _set(gauge: Gauge, label: str, counts: Mapping[tuple[str, str], int]) -> None:
    gauge.values.clear()
    for (name, status), count in counts.items():
        gauge.set({label: name, "status": status}, count)
