"""The audit log: what admins did, whose role changed, where a password was wrong (A7)."""

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


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that happened. `action` is a dotted name (`user.role-changed`), `target` the id of what it was done to.

    `actor_id` is None when nobody was signed in. `facts` hold no secrets.
    """

    id: UUID
    at: datetime
    actor_id: UserId | None
    action: str
    target: UUID | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are listed."""

    action: str | None = None
    actor_id: UserId | None = None
    target: UUID | None = None


class AuditLog(Protocol):
    """Part of the transaction that does what it tells of. Nothing in it is ever changed or removed."""

    @abstractmethod
    async def write(
        self, action: str, at: datetime, *, actor_id: UserId | None = None, target: UUID | None = None, **facts: str
    ) -> None:
        """Add an entry, with an id of its own."""

    @abstractmethod
    async def search(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Newest first. Raises BadCursor."""


async def record_action(log: AuditLog, by: Principal, action: str, target: UUID, at: datetime, **facts: str) -> None:
    """What an admin does is written down; what others do to their own is not."""
    if by.is_admin:
        await log.write(action, at, actor_id=by.user_id, target=target, **facts)
