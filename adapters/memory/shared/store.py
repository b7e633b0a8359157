"""Tables in memory, with serialized transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Self
from uuid import UUID

from adapters.memory.shared.audit import MemoryAudit
from adapters.memory.shared.job_queue import MemoryJobQueue
from adapters.memory.shared.outbox import MemoryOutbox
from adapters.memory.shared.table import Table
from adapters.memory.signals import MemorySignals
from core.accounts.links import Link
from core.accounts.model import OrganizerRequest, User
from core.accounts.sessions import Session
from core.administration.model import BulkItem, BulkRun, BulkRunId
from core.alerts.messages import SentAlert
from core.alerts.model import Subscription, SubscriptionId
from core.booking.model import Booking, Ticket
from core.booking.notices import BookingNotice
from core.booking.payment import Payment
from core.booking.requests import IdempotencyRecord
from core.booking.seats import Seat
from core.catalog.areas import Area
from core.catalog.model import Event
from core.discovery.model import Listing, RunReport, Source
from core.jobs.model import JobId, JobRecord
from core.notifications.model import Notification
from core.shared.audit import AuditEntry
from core.shared.ids import (
    AreaId,
    BookingId,
    EventId,
    ImageId,
    PaymentId,
    RunId,
    SessionId,
    TicketId,
    UserId,
    WebhookId,
)
from core.shared.images import Image
from core.shared.signals import PendingSignals, Signals
from core.shared.unit_of_work import UnitOfWork
from core.webhooks.model import Webhook


@dataclass(frozen=True, slots=True)
class StoredSource:
    """What a source reported about an event, and when."""

    event_id: EventId
    listing: Listing
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class WebhookLease:
    """When the current or last lease of a webhook ends, and whether it is paused for not answering."""

    until: datetime | None = None
    unanswered: int = 0
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the storage, the image that it belongs to, and until when it may be without one."""

    name: str
    reserved_until: datetime
    image_id: ImageId | None = None
    is_abandoned: bool = False


class MemoryStore:
    """All data of the platform. There is one unit of work at a time, so none sees the changes of an unfinished one."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), signals: Signals | None = None) -> None:
        """`now` gives the timestamps that the store sets itself. `signals` are its own, unless others are given."""
        self.now = now
        self.signals = signals or MemorySignals()
        self.turn = asyncio.Lock()
        self.undo: list[Callable[[], None]] = []
        self.users: Table[UserId, User] = Table(self.undo)
        self.sessions: Table[SessionId, Session] = Table(self.undo)
        self.ended_sessions: Table[SessionId, SessionId] = Table(self.undo)
        """The sessions of deleted accounts."""
        self.links: Table[UUID, Link] = Table(self.undo)
        self.organizer_requests: Table[UUID, OrganizerRequest] = Table(self.undo)
        self.webhooks: Table[WebhookId, Webhook] = Table(self.undo)
        self.webhook_leases: Table[UUID, WebhookLease] = Table(self.undo)
        self.notifications: Table[UUID, Notification] = Table(self.undo)
        self.audit: Table[UUID, AuditEntry] = Table(self.undo)
        self.jobs: Table[JobId, JobRecord] = Table(self.undo)
        self.job_numbers = count(1)
        self.areas: Table[AreaId, Area] = Table(self.undo)
        self.events: Table[EventId, Event] = Table(self.undo)
        self.event_sources: Table[tuple[Source, str], StoredSource] = Table(self.undo)
        self.share_pictures: Table[EventId, tuple[str, bytes]] = Table(self.undo)
        self.images: Table[EventId, tuple[Image, ...]] = Table(self.undo)
        self.stored_files: Table[str, StoredFile] = Table(self.undo)
        self.bookings: Table[BookingId, Booking] = Table(self.undo)
        self.last_numbers: Table[EventId, int] = Table(self.undo)
        self.seats: Table[EventId, tuple[Seat, ...]] = Table(self.undo)
        self.tickets: Table[TicketId, Ticket] = Table(self.undo)
        self.payments: Table[PaymentId, Payment] = Table(self.undo)
        self.notices: Table[UUID, BookingNotice] = Table(self.undo)
        self.keys: Table[tuple[EventId, UserId, str], IdempotencyRecord] = Table(self.undo)
        self.subscriptions: Table[SubscriptionId, Subscription] = Table(self.undo)
        self.matches: Table[tuple[SubscriptionId, EventId], tuple[SubscriptionId, EventId]] = Table(self.undo)
        self.sent_alerts: Table[tuple[str, EventId], SentAlert] = Table(self.undo)
        self.runs: Table[RunId, RunReport] = Table(self.undo)
        self.bulk_runs: Table[BulkRunId, BulkRun] = Table(self.undo)
        self.bulk_items: Table[UUID, BulkItem] = Table(self.undo)


class MemoryUnitOfWork(UnitOfWork):
    """One transaction on the store; the next one waits until it ends."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.audit = MemoryAudit(store.audit)
        self.outbox = MemoryOutbox(store.notifications, store.users, store.webhooks)
        self.jobs = MemoryJobQueue(store.jobs, store.job_numbers, store.now)
        self.signals = PendingSignals(store.signals)

    async def __aenter__(self) -> Self:
        await self._store.turn.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._store.undo:
                self._store.undo.pop()()
        finally:
            self._store.turn.release()

    async def commit(self) -> None:
        self._store.undo.clear()
        self.signals.publish()
