"""Metrics in memory, for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.shared.metrics import Metrics


@dataclass(slots=True)
class MemoryMetrics(Metrics):
    """Remembers requests (count by method, route and status, seconds by method and route), requests for places and uses
    of a cache (count by outcome), jobs (count by task and outcome, seconds by task), and live updates (messages by
    event, dropped connections by reason).
    """

    served: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    bookings: Counter[str] = field(default_factory=Counter)
    cache_uses: Counter[tuple[str, str]] = field(default_factory=Counter)
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    run_seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    jobs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    notifications: Mapping[tuple[str, str], int] = field(default_factory=dict)

    connections: int | None = None
    live_messages: Counter[str] = field(default_factory=Counter)
    dropped_connections: Counter[str] = field(default_factory=Counter)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        self.served[method, route, status] += 1
        self.seconds[method, route].append(seconds)

    def count_booking(self, outcome: str) -> None:
        self.bookings[outcome] += 1

    def count_cache_use(self, cache: str, outcome: str) -> None:
        self.cache_uses[cache, outcome] += 1

    def observe_job(self, task: str, outcome: str, seconds: float) -> None:
        self.runs[task, outcome] += 1
        self.run_seconds[task].append(seconds)

    def set_job_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        self.jobs = dict(counts)

    def set_notification_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        self.notifications = dict(counts)

    def set_websocket_connections(self, count: int) -> None:
        self.connections = count

    def count_live_messages(self, event: str, count: int) -> None:
        self.live_messages[event] += count

    def count_dropped_connection(self, reason: str) -> None:
        self.dropped_connections[reason] += 1

    def render(self) -> tuple[bytes, str]:
        lines = [
            f'nocturne_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}\n'
            for (method, route, status), count in self.served.items()
        ]
        for (method, route), taken in self.seconds.items():
            lines.append(f'nocturne_http_request_seconds_sum{{method="{method}",route="{route}"}} {sum(taken)}\n')
            lines.append(f'nocturne_http_request_seconds_count{{method="{method}",route="{route}"}} {len(taken)}\n')
        lines += [
            f'nocturne_bookings_total{{outcome="{outcome}"}} {count}\n' for outcome, count in self.bookings.items()
        ]
        lines += [
            f'nocturne_cache_uses_total{{cache="{cache}",outcome="{outcome}"}} {count}\n'
            for (cache, outcome), count in self.cache_uses.items()
        ]
        for (task, outcome), count in self.runs.items():
            lines.append(f'nocturne_job_runs_total{{outcome="{outcome}",task="{task}"}} {count}\n')
        for task, taken in self.run_seconds.items():
            lines.append(f'nocturne_job_run_seconds_sum{{task="{task}"}} {sum(taken)}\n')
            lines.append(f'nocturne_job_run_seconds_count{{task="{task}"}} {len(taken)}\n')
        for (task, status), count in self.jobs.items():
            lines.append(f'nocturne_jobs{{status="{status}",task="{task}"}} {count}\n')
        for (to, status), count in self.notifications.items():
            lines.append(f'nocturne_notifications{{status="{status}",to="{to}"}} {count}\n')
        if self.connections is not None:
            lines.append(f"nocturne_websocket_connections {self.connections}\n")
        lines += [
            f'nocturne_websocket_messages_sent_total{{event="{event}"}} {count}\n'
            for event, count in self.live_messages.items()
        ]
        lines += [
            f'nocturne_websocket_connections_dropped_total{{reason="{reason}"}} {count}\n'
            for reason, count in self.dropped_connections.items()
        ]
        return "".join(lines).encode(), "text/plain; version=0.0.4; charset=utf-8"
