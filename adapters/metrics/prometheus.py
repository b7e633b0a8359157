"""Metrics in the process's memory, scraped by Prometheus. Each process tells its own; Prometheus adds them up."""

from __future__ import annotations

from collections.abc import Mapping

from aioprometheus.collectors import Counter, Gauge, Histogram, Registry
from aioprometheus.renderer import render

from core.shared.metrics import Metrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. From a page out of the cache to what a client no longer waits for."""

_JOB_BUCKETS = (0.01, 0.1, 1.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds. From telling somebody to gathering the pages of a city."""


class PrometheusMetrics(Metrics):
    """Kept in a registry of its own: several may live in one process without counting for each other."""

    def __init__(self) -> None:
        self._registry = Registry()
        self._requests = Counter("nocturne_http_requests_total", "Requests answered.", registry=self._registry)
        self._seconds = Histogram(
            "nocturne_http_request_seconds", "Time to the answer.", registry=self._registry, buckets=_BUCKETS
        )
        self._runs = Counter("nocturne_job_runs_total", "Tries of jobs that have ended.", registry=self._registry)
        self._run_seconds = Histogram(
            "nocturne_job_run_seconds", "Time a try took.", registry=self._registry, buckets=_JOB_BUCKETS
        )
        self._jobs = Gauge("nocturne_jobs", "Jobs that are not done, of the whole platform.", registry=self._registry)
        self._notifications = Gauge(
            "nocturne_notifications", "Notifications not sent, of the whole platform.", registry=self._registry
        )

    def request_served(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.inc({"method": method, "route": route, "status": str(status)})
        # Without the status: fourteen buckets each for every status of every route is more than anybody looks at.
        self._seconds.observe({"method": method, "route": route}, seconds)

    def job_run(self, task: str, outcome: str, seconds: float) -> None:
        self._runs.inc({"task": task, "outcome": outcome})
        self._run_seconds.observe({"task": task}, seconds)

    def jobs_counted(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._jobs, "task", counts)

    def notifications_counted(self, counts: Mapping[tuple[str, str], int]) -> None:
        _set(self._notifications, "to", counts)

    def render(self) -> tuple[bytes, str]:
        # aioprometheus knows the text format alone, whatever is accepted.
        body, headers = render(self._registry, [])
        return body, headers["Content-Type"]


def _set(gauge: Gauge, label: str, counts: Mapping[tuple[str, str], int]) -> None:
    gauge.values.clear()
    for (name, status), count in counts.items():
        gauge.set({label: name, "status": status}, count)
