"""The audit log: what admins did, role changes and wrong passwords."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.shared.access import Principal
from core.shared.ids import UserId
from core.shared.paging import Page, PageRequest

AUDIT_ACTIONS = (
    *("area.changed", "area.created", "area.deleted", "booking.cancelled", "bulk.confirmed", "event.cancelled"),
    *("event.changed", "event.created", "event.deleted", "job.retried", "login.failed", "notification.retried"),
    *("password.forgotten", "password.reset", "password.wrong", "schedule.run", "seats.generated", "seats.removed"),
    *("ticket.check-in-undone", "ticket.checked-in", "user.added", "user.changed", "user.deleted"),
    *("user.organizer-refused", "user.role-changed", "webhook.changed", "webhook.created", "webhook.deleted"),
    *("webhook.replayed", "webhook.tested"),
)
"""The names of all actions that are written to the log."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. `action` is a dotted name (`user.role-changed`), `target` the id of what was changed.

    `actor_id` is None when nobody was signed in. `facts` contain neither secrets nor personal data: an entry can't be
    changed, and outlives the accounts that it names by their ids.
    """

    id: UUID
    at: datetime
    actor_id: UserId | None
    action: str
    target: UUID | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list."""

    action: str | None = None
    actor_id: UserId | None = None
    target: UUID | None = None


class AuditLog(Protocol):
    """Written in the transaction of the action itself. Entries are never changed or removed."""

    @abstractmethod
    async def write(
        self, action: str, at: datetime, *, actor_id: UserId | None = None, target: UUID | None = None, **facts: str
    ) -> None:
        """Add an entry with a new id."""

    @abstractmethod
    async def search(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Return the entries that match, newest first. Raises BadCursor."""


async def record_action(log: AuditLog, by: Principal, action: str, target: UUID, at: datetime, **facts: str) -> None:
    """Write an entry if an admin is acting; what users do with their own things is not logged."""
    if by.is_admin:
        await log.write(action, at, actor_id=by.user_id, target=target, **facts)
