"""Requests to become an organizer, on PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Row, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import organizer_requests, users
from adapters.postgres.shared.paging import Ordering, read_page
from core.accounts.errors import OrganizerRequestNotFound
from core.accounts.model import OrganizerRequest, User
from core.accounts.ports import OrganizerRequests, OrganizerRequestView
from core.shared.ids import OrganizerRequestId, UserId
from core.shared.paging import Page, PageRequest

_requests = organizer_requests.c
_OLDEST_FIRST = Ordering("created", _requests.id, _requests.id, descending=False, read=UUID)
_USER_COLUMNS = [users.c[field.name].label(f"user__{field.name}") for field in fields(User)]


class PostgresOrganizerRequests(OrganizerRequests):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, request: OrganizerRequest) -> None:
        values = asdict(request)
        replace_last = upsert(organizer_requests).on_conflict_do_update(index_elements=["user_id"], set_=values)
        await self._connection.execute(replace_last.values(values))

    async def owner_of(self, request_id: OrganizerRequestId) -> UserId:
        return (await self._one(select(organizer_requests).where(_requests.id == request_id))).user_id

    async def take(self, request_id: OrganizerRequestId) -> OrganizerRequest:
        take = delete(organizer_requests).where(_requests.id == request_id).returning(organizer_requests)
        return await self._one(take)

    async def remove_of(self, user_id: UserId) -> None:
        await self._connection.execute(delete(organizer_requests).where(_requests.user_id == user_id))

    async def list_all(self, page: PageRequest) -> Page[OrganizerRequestView]:
        # Every request has a user, but an outer join can be left out where only requests are counted.
        query = select(organizer_requests, *_USER_COLUMNS).outerjoin_from(organizer_requests, users)
        return (await read_page(self._connection, query, _OLDEST_FIRST, page)).map(_view)

    async def _one(self, query: Executable) -> OrganizerRequest:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise OrganizerRequestNotFound("There is no such request. It may have been granted or refused already.")
        return OrganizerRequest(**row._mapping)


def _view(row: Row[Any]) -> OrganizerRequestView:
    values = row._mapping
    user = User(**{field.name: values[f"user__{field.name}"] for field in fields(User)})
    return OrganizerRequestView(OrganizerRequest(row.id, row.user_id, row.message, row.requested_at), user)
