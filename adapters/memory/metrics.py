"""Metrics that can be asked what was served."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from core.shared.metrics import Metrics


@dataclass(slots=True)
class MemoryMetrics(Metrics):
    """Counts requests by method, route and status, and the seconds they took by method and route."""

    served: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def request_served(self, method: str, route: str, status: int, seconds: float) -> None:
        self.served[method, route, status] += 1
        self.seconds[method, route] += seconds

    def render(self) -> tuple[bytes, str]:
        lines = ["# TYPE nocturne_http_requests_total counter"]
        lines += [
            f'nocturne_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
            for (method, route, status), count in self.served.items()
        ]
        return "\n".join([*lines, ""]).encode(), "text/plain; version=0.0.4; charset=utf-8"
