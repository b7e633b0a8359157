"""What operators watch, as a port."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol


class Metrics(Protocol):
    """Counts what the platform does, and shows the figures to whoever scrapes them. Never fails, never waits."""

    @abstractmethod
    def request_served(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered with `status` after `seconds`.

        `route` is the template (`/api/events/{id}`) and `method` a known one: neither may grow with what clients send.
        """

    @abstractmethod
    def job_run(self, task: str, outcome: str, seconds: float) -> None:
        """A job was tried for so many seconds: it is `done`, has `failed`, or was `stopped` to be tried elsewhere."""

    @abstractmethod
    def jobs_counted(self, counts: Mapping[tuple[str, str], int]) -> None:
        """How many jobs there are just now, by task and status. What was told of that before is forgotten."""

    @abstractmethod
    def notifications_counted(self, counts: Mapping[tuple[str, str], int]) -> None:
        """The same of notifications that were not sent, by who they are to (people, webhooks) and status."""

    @abstractmethod
    def render(self) -> tuple[bytes, str]:
        """All figures in the Prometheus text format (version 0.0.4), and the content type that says so."""
