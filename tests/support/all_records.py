"""Everything that PostgreSQL has stored of what figures count, to count it one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.loading import read_booking
from adapters.postgres.booking.tables import bookings, payments, tickets
from adapters.postgres.catalog.tables import events
from core.accounts.model import User
from core.analytics.recount import Records
from core.booking.model import Ticket
from core.booking.payment import Payment
from core.catalog.model import Event

T = TypeVar("T")


async def all_records(connection: AsyncConnection) -> Records:
    async def read(table: Table, build: Callable[[Mapping[str, Any]], T]) -> list[T]:
        return [build(row._mapping) for row in await connection.execute(select(table))]  # type: ignore[arg-type]

    return Records(
        events=await read(events, _build(Event)),
        bookings=await read(bookings, read_booking),
        payments=await read(payments, _build(Payment)),
        tickets=await read(tickets, _build(Ticket)),
        users=await read(users, _build(User)),
    )


def _build(kind: Callable[..., T]) -> Callable[[Mapping[str, Any]], T]:
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    return lambda row: kind(**{name: row[name] for name in names})
