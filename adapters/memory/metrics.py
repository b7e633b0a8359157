"""Metrics in memory, for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.shared.metrics import Metrics

_Sample = tuple[str, Mapping[str, object], float]
"""A name without its prefix, the labels, and the value."""


@dataclass(slots=True)
class MemoryMetrics(Metrics):
    """Remembers what was recorded, by the labels that Prometheus would have."""

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
    batches: list[float] = field(default_factory=list)
    waiting_requests: int | None = None
    loop_lags: list[float] = field(default_factory=list)
    notification_lag: Mapping[str, float] = field(default_factory=dict)
    source_successes: Mapping[str, datetime] = field(default_factory=dict)
    source_listings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    database_connections: Mapping[tuple[str, str], int] = field(default_factory=dict)
    redis_up: bool | None = None

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

    def observe_batch(self, requests: int) -> None:
        self.batches.append(requests)

    def add_waiting_requests(self, count: int) -> None:
        self.waiting_requests = (self.waiting_requests or 0) + count

    def observe_loop_lag(self, seconds: float) -> None:
        self.loop_lags.append(seconds)

    def set_notification_lag(self, seconds: Mapping[str, float]) -> None:
        self.notification_lag = dict(seconds)

    def set_sources(self, last_success: Mapping[str, datetime], listings: Mapping[tuple[str, str], int]) -> None:
        self.source_successes, self.source_listings = dict(last_success), dict(listings)

    def set_database_connections(self, counts: Mapping[tuple[str, str], int]) -> None:
        self.database_connections = dict(counts)

    def set_redis_up(self, is_up: bool) -> None:
        self.redis_up = is_up

    def render(self) -> tuple[bytes, str]:
        lines = (f"nocturne_{name}{_labels(labels)} {value}\n" for name, labels, value in self._samples())
        return "".join(lines).encode(), "text/plain; version=0.0.4; charset=utf-8"

    def _samples(self) -> Iterator[_Sample]:
        yield from self._request_samples()
        yield from self._job_samples()
        yield from self._notification_samples()
        yield from self._live_samples()
        yield from self._source_samples()
        yield from self._process_samples()

    def _request_samples(self) -> Iterator[_Sample]:
        for (method, route, status), count in self.served.items():
            yield "http_requests_total", {"method": method, "route": route, "status": status}, count
        for (method, route), taken in self.seconds.items():
            yield from _histogram("http_request_seconds", {"method": method, "route": route}, taken)
        for outcome, count in self.bookings.items():
            yield "bookings_total", {"outcome": outcome}, count
        for (cache, outcome), count in self.cache_uses.items():
            yield "cache_uses_total", {"cache": cache, "outcome": outcome}, count

    def _job_samples(self) -> Iterator[_Sample]:
        for (task, outcome), count in self.runs.items():
            yield "job_runs_total", {"outcome": outcome, "task": task}, count
        for task, taken in self.run_seconds.items():
            yield from _histogram("job_run_seconds", {"task": task}, taken)
        for (task, status), count in self.jobs.items():
            yield "jobs", {"status": status, "task": task}, count

    def _source_samples(self) -> Iterator[_Sample]:
        for source, at in self.source_successes.items():
            yield "source_last_success_timestamp_seconds", {"source": source}, at.timestamp()
        for (source, outcome), count in self.source_listings.items():
            yield "source_listings", {"outcome": outcome, "source": source}, count

    def _notification_samples(self) -> Iterator[_Sample]:
        for (to, status), count in self.notifications.items():
            yield "notifications", {"status": status, "to": to}, count
        for to, lag in self.notification_lag.items():
            yield "notification_lag_seconds", {"to": to}, lag

    def _live_samples(self) -> Iterator[_Sample]:
        if self.connections is not None:
            yield "websocket_connections", {}, self.connections
        for event, count in self.live_messages.items():
            yield "websocket_messages_sent_total", {"event": event}, count
        for reason, count in self.dropped_connections.items():
            yield "websocket_connections_dropped_total", {"reason": reason}, count

    def _process_samples(self) -> Iterator[_Sample]:
        yield from _histogram("booking_batch_requests", {}, self.batches)
        yield from _histogram("event_loop_lag_seconds", {}, self.loop_lags)
        if self.waiting_requests is not None:
            yield "booking_requests_waiting", {}, self.waiting_requests
        for (pool, state), count in self.database_connections.items():
            yield "database_connections", {"pool": pool, "state": state}, count
        if self.redis_up is not None:
            yield "redis_up", {}, int(self.redis_up)


def _histogram(name: str, labels: Mapping[str, object], observed: Sequence[float]) -> Iterator[_Sample]:
    if observed:
        yield f"{name}_sum", labels, sum(observed)
        yield f"{name}_count", labels, len(observed)


def _labels(labels: Mapping[str, object]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}" if labels else ""
