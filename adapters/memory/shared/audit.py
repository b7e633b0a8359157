"""The audit log in memory."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.table import Table
from core.shared.audit import AuditEntry, AuditFilter, AuditLog
from core.shared.ids import UserId
from core.shared.paging import Page, PageRequest


class MemoryAudit(AuditLog):
    def __init__(self, entries: Table[UUID, AuditEntry]) -> None:
        self._entries = entries

    async def write(
        self, action: str, at: datetime, *, actor_id: UserId | None = None, target: UUID | None = None, **facts: str
    ) -> None:
        entry = AuditEntry(uuid4(), at, actor_id, action, target, facts)
        self._entries.put(entry.id, entry)

    async def search(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        found = [
            entry
            for entry in self._entries
            if wanted.action in (None, entry.action)
            and wanted.actor_id in (None, entry.actor_id)
            and wanted.target in (None, entry.target)
        ]
        return page_by_age(found, page, "at", lambda entry: entry.at.timestamp())
