"""Metrics for operators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Metrics(Protocol):
    """Records what the platform does and renders it for Prometheus. Never fails, never blocks."""

    @abstractmethod
    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record one request that was answered with `status` after `seconds`.

        `route` is the template (`/api/events/{id}`) and `method` a known one: clients must not be able to add labels.
        """

    @abstractmethod
    def count_booking(self, outcome: str) -> None:
        """Record one request for places: the status of the new booking, `replayed`, or the code of the refusal."""

    @abstractmethod
    def count_cache_use(self, cache: str, outcome: str) -> None:
        """Record one answer that may come from the cache of this name: `hit`, `miss`, or `shared` with others who were
        waiting.
        """

    @abstractmethod
    def observe_job(self, task: str, outcome: str, seconds: float) -> None:
        """Record one attempt of a job: it was `done`, `failed`, or `stopped` to be run elsewhere."""

    @abstractmethod
    def set_job_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set how many jobs there are now, by task and status, replacing all earlier counts."""

    @abstractmethod
    def set_notification_counts(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set how many unsent notifications there are, by kind of recipient (people, webhooks) and status."""

    @abstractmethod
    def set_websocket_connections(self, count: int) -> None:
        """Set how many connections for live updates this process has now."""

    @abstractmethod
    def count_live_messages(self, event: str, count: int) -> None:
        """Record so many messages to clients with live updates; `event` is the name of their frame."""

    @abstractmethod
    def count_dropped_connection(self, reason: str) -> None:
        """Record a connection for live updates that was closed because of its client: `slow-reader`, `too-fast` or
        `session-ended`.
        """

    @abstractmethod
    def observe_batch(self, requests: int) -> None:
        """Record one transaction that decided so many requests for places together."""

    @abstractmethod
    def add_waiting_requests(self, count: int) -> None:
        """Record that so many more requests for places wait for an answer in this process; fewer if negative."""

    @abstractmethod
    def observe_loop_lag(self, seconds: float) -> None:
        """Record how much later than it should have been something was run by the event loop of this process."""

    @abstractmethod
    def set_notification_lag(self, seconds: Mapping[str, float]) -> None:
        """Set how long the oldest notification that is due has been, by kind of recipient; none where none is due."""

    @abstractmethod
    def set_sources(self, last_success: Mapping[str, datetime], listings: Mapping[tuple[str, str], int]) -> None:
        """Set when each source was last gathered from with success, and how many listings its last run found and
        rejected, by source and outcome (`found`, `rejected`).
        """

    @abstractmethod
    def set_database_connections(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set how many connections each pool of this process has, by pool and state: `in-use`, `idle`, or `allowed`,
        which is how many it may have.
        """

    @abstractmethod
    def set_redis_up(self, is_up: bool) -> None:
        """Set whether Redis answers this process."""

    @abstractmethod
    def render(self) -> tuple[bytes, str]:
        """Return all metrics in the Prometheus text format (version 0.0.4), and its content type."""
