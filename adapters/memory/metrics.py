"""Metrics that can be asked what was served."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from core.shared.metrics import Metrics


@dataclass(slots=True)
class MemoryMetrics(Metrics):
    """Remembers every request: how often by method, route and status, how long by method and route. For tests."""

    served: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def request_served(self, method: str, route: str, status: int, seconds: float) -> None:
        self.served[method, route, status] += 1
        self.seconds[method, route].append(seconds)

    def render(self) -> tuple[bytes, str]:
        lines = [
            f'nocturne_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}\n'
            for (method, route, status), count in self.served.items()
        ]
        for (method, route), taken in self.seconds.items():
            lines.append(f'nocturne_http_request_seconds_sum{{method="{method}",route="{route}"}} {sum(taken)}\n')
            lines.append(f'nocturne_http_request_seconds_count{{method="{method}",route="{route}"}} {len(taken)}\n')
        return "".join(lines).encode(), "text/plain; version=0.0.4; charset=utf-8"
