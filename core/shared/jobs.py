"""Background jobs, and the queue that use cases add them to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from core.shared.ids import EventId, ImageId


@dataclass(frozen=True, slots=True)
class Job:
    """The name of a `task` and its arguments, which are shown to admins and contain no secrets.

    Only one job with the same `key` waits or runs at a time.
    """

    task: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


class JobQueue(Protocol):
    """Jobs added in the transaction that requires them: they run if it commits, and only then, at least once."""

    @abstractmethod
    async def enqueue(self, jobs: Sequence[Job]) -> None:
        """Add jobs. A job whose key belongs to a waiting or running job is skipped."""


MATCH_EVENTS, PROMOTE_WAITLIST = "match-events", "promote-waitlist"
PAINT_SHARE_PICTURE = "paint-share-picture"
MAKE_THUMBNAILS, DELETE_UNUSED_PICTURES = "make-thumbnails", "delete-unused-pictures"


def match_events(event_ids: Iterable[UUID]) -> list[Job]:
    """Return the job that matches these events with subscriptions; none if there are no events."""
    events = ",".join(map(str, event_ids))
    return [Job(MATCH_EVENTS, {"events": events})] if events else []


def promote_waitlist(event_id: EventId) -> Job:
    """Return the job that releases expired holds of an event and promotes from its waitlist, as far as it goes."""
    return Job(PROMOTE_WAITLIST, {"events": str(event_id)}, key=f"{PROMOTE_WAITLIST} {event_id}")


def paint_share_picture(event_id: EventId) -> Job:
    """Return the job that paints the picture of links to an event."""
    return Job(PAINT_SHARE_PICTURE, {"events": str(event_id)}, key=f"{PAINT_SHARE_PICTURE} {event_id}")


def make_thumbnails(event_id: EventId, image_id: ImageId) -> Job:
    """Return the job that makes the thumbnails of an event's image."""
    arguments = {"event": str(event_id), "image": str(image_id)}
    return Job(MAKE_THUMBNAILS, arguments, key=f"{MAKE_THUMBNAILS} {image_id}")


def delete_unused_pictures() -> Job:
    """Return the job that deletes pictures from the storage which no image has any more."""
    return Job(DELETE_UNUSED_PICTURES, key=DELETE_UNUSED_PICTURES)


def events_of(arguments: Mapping[str, str]) -> list[EventId]:
    """Return the events of a job from its arguments."""
    return [EventId(UUID(each)) for each in arguments["events"].split(",")]
