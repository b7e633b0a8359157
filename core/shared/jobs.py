"""Work that follows from what happens here, for whichever worker is free (F2)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do: the `task`'s name, and what it is told, which is shown to admins and holds no secrets.

    Of jobs with the same `key`, only one waits or runs at a time.
    """

    task: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


class JobQueue(Protocol):
    """Part of the transaction that gives the reason: a job is done if that commits, and only then; at least once."""

    @abstractmethod
    async def enqueue(self, jobs: Sequence[Job]) -> None:
        """Add jobs. One with a key that another has which waits or runs is left out: that one will do."""


MATCH_EVENTS = "match-events"


def match_events(event_ids: Iterable[UUID]) -> list[Job]:
    """To find out who wants to know of these events; nothing when there are none."""
    events = ",".join(map(str, event_ids))
    return [Job(MATCH_EVENTS, {"events": events})] if events else []


def events_of(arguments: Mapping[str, str]) -> list[EventId]:
    """The events that such a job is about."""
    return [EventId(UUID(each)) for each in arguments["events"].split(",")]
