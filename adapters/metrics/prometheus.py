"""Metrics in the process's memory, scraped by Prometheus. Each process tells its own; Prometheus adds them up."""

from __future__ import annotations

from aioprometheus.collectors import Counter, Histogram, Registry
from aioprometheus.renderer import render

from core.shared.metrics import Metrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. From a page out of the cache to what a client no longer waits for."""


class PrometheusMetrics(Metrics):
    """Kept in a registry of its own: several may live in one process without counting for each other."""

    def __init__(self) -> None:
        self._registry = Registry()
        self._requests = Counter("nocturne_http_requests_total", "Requests answered.", registry=self._registry)
        self._seconds = Histogram(
            "nocturne_http_request_seconds", "Time to the answer.", registry=self._registry, buckets=_BUCKETS
        )

    def request_served(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.inc({"method": method, "route": route, "status": str(status)})
        # Without the status: fourteen buckets each for every status of every route is more than anybody looks at.
        self._seconds.observe({"method": method, "route": route}, seconds)

    def render(self) -> tuple[bytes, str]:
        # aioprometheus knows the text format alone, whatever is accepted.
        body, headers = render(self._registry, [])
        return body, headers["Content-Type"]
