"""What an admin sees first: what needs attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.administration.ports import AdministrationUnitOfWork
from core.discovery.model import Source
from core.jobs.model import JobStatus
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.messages import MessageStatus
from core.shared.paging import PageRequest

EXAMPLES = 3
"""How many examples a concern names."""
MAX_HIDDEN = 100


class Concern(StrEnum):
    """Something that needs an admin, the most urgent first."""

    DEAD_NOTIFICATIONS = "dead-notifications"
    DEAD_JOBS = "dead-jobs"
    HIDDEN_EVENTS = "hidden-events"
    """Events to come that are hidden although people have booked them."""
    QUARANTINED_SOURCES = "quarantined-sources"
    """Sources whose last run looked wrong, so that nothing of it was stored."""
    FAILED_SOURCES = "failed-sources"
    ORGANIZER_REQUESTS = "organizer-requests"


@dataclass(frozen=True, slots=True)
class Attention:
    """A concern: how many there are, and the names or causes of a few."""

    concern: Concern
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListConcerns:
    """Return what needs attention, the most urgent first. Admins only."""

    new_uow: Callable[[], AdministrationUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> Sequence[Attention]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await _attention(uow, self.clock.now())


async def _attention(uow: AdministrationUnitOfWork, now: datetime) -> list[Attention]:
    causes = await uow.notifications.dead_causes(EXAMPLES)
    dead_messages = await _count_messages(uow, MessageStatus.DEAD)
    jobs = await uow.job_records.count()
    dead_jobs = {task: number for (task, status), number in jobs.items() if status is JobStatus.DEAD}
    hidden = await uow.events.hidden_with_bookings(now, MAX_HIDDEN)
    last_runs = {source: await uow.scrape_runs.latest(source, limit=1) for source in Source}
    failed = [runs[0].report for runs in last_runs.values() if runs and runs[0].report.failure is not None]
    quarantined = [report.source for report in failed if report.quarantined]
    broken = [report.source for report in failed if not report.quarantined]
    requests = await uow.organizer_requests.list_all(PageRequest(limit=EXAMPLES))
    found = (
        Attention(Concern.DEAD_NOTIFICATIONS, dead_messages, tuple(each.reason for each in causes)),
        Attention(Concern.DEAD_JOBS, sum(dead_jobs.values()), tuple(sorted(dead_jobs)[:EXAMPLES])),
        Attention(Concern.HIDDEN_EVENTS, len(hidden), tuple(event.name for event in hidden[:EXAMPLES])),
        Attention(Concern.QUARANTINED_SOURCES, len(quarantined), tuple(quarantined[:EXAMPLES])),
        Attention(Concern.FAILED_SOURCES, len(broken), tuple(broken[:EXAMPLES])),
        Attention(Concern.ORGANIZER_REQUESTS, requests.total, tuple(each.user.name for each in requests.items)),
    )
    return [each for each in found if each.count]


async def _count_messages(uow: AdministrationUnitOfWork, wanted: MessageStatus) -> int:
    counts = await uow.notifications.count_unsent()
    return sum(number for (_, status), number in counts.items() if status is wanted)
