"""The audit log on PostgreSQL, where a trigger refuses changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.shared.paging import order_by_age, read_moment, read_page
from adapters.postgres.shared.tables import audit_log
from core.shared.audit import AuditEntry, AuditFilter, AuditLog
from core.shared.ids import UserId
from core.shared.paging import Page, PageRequest


class PostgresAudit(AuditLog):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def write(
        self, action: str, at: datetime, *, actor_id: UserId | None = None, target: UUID | None = None, **facts: str
    ) -> None:
        entry = {"at": at, "actor_id": actor_id, "action": action, "target": target, "facts": facts}
        await self._connection.execute(insert(audit_log).values(entry))

    async def search(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        query = select(audit_log)
        if wanted.action is not None:
            query = query.where(audit_log.c.action == wanted.action)
        if wanted.actor_id is not None:
            query = query.where(audit_log.c.actor_id == wanted.actor_id)
        if wanted.target is not None:
            query = query.where(audit_log.c.target == wanted.target)
        in_order = order_by_age("at", audit_log.c.at, audit_log.c.id, read_moment, page)
        found = await read_page(self._connection, query, in_order, page)
        return found.map(lambda row: AuditEntry(**{each.name: row._mapping[each.name] for each in audit_log.c}))
