"""The simulated gateway's own ledger, separate from the platform's data, so that the two can be compared."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.booking.errors import PaymentUnavailable
from core.booking.payment import Charge
from core.shared.ids import PaymentId

metadata = sa.MetaData(naming_convention={"pk": "%(table_name)s_pkey"})

simulated_charges = sa.Table(
    "simulated_charges",
    metadata,
    sa.Column("payment_id", sa.Uuid, primary_key=True),
    sa.Column("amount", sa.Numeric(), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("refunded", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one payment. UNKNOWN is one whose outcome was asked for before it
    arrived: it is never charged.
    """

    payment_id: PaymentId
    amount: Decimal
    currency: str
    outcome: Charge
    refunded: bool = False


class Ledger(Protocol):
    """Every call raises PaymentUnavailable when the ledger can't be reached."""

    @abstractmethod
    async def record(self, entry: Entry) -> Entry:
        """Store an entry unless the payment has one already. Return the one it has now."""

    @abstractmethod
    async def refund(self, payment_id: PaymentId) -> None:
        """Mark an approved payment as refunded."""

    @abstractmethod
    async def entries(self) -> list[Entry]: ...


class MemoryLedger(Ledger):
    def __init__(self) -> None:
        self._entries: dict[PaymentId, Entry] = {}

    async def record(self, entry: Entry) -> Entry:
        return self._entries.setdefault(entry.payment_id, entry)

    async def refund(self, payment_id: PaymentId) -> None:
        entry = self._entries[payment_id]
        if entry.outcome is Charge.APPROVED:
            self._entries[payment_id] = replace(entry, refunded=True)

    async def entries(self) -> list[Entry]:
        return list(self._entries.values())


class SqlLedger(Ledger):
    """A ledger in its own table, written in its own transactions, so that it survives the process that charges."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, entry: Entry) -> Entry:
        charges = simulated_charges
        async with self._transaction() as connection:
            await connection.execute(insert(charges).values(asdict(entry)).on_conflict_do_nothing())
            row = (await connection.execute(sa.select(charges).filter_by(payment_id=entry.payment_id))).one()
        return _read_entry(row)

    async def refund(self, payment_id: PaymentId) -> None:
        charges = simulated_charges
        approved = (charges.c.payment_id == payment_id) & (charges.c.outcome == Charge.APPROVED.value)
        async with self._transaction() as connection:
            await connection.execute(sa.update(charges).where(approved).values(refunded=True))

    async def entries(self) -> list[Entry]:
        async with self._transaction() as connection:
            return [_read_entry(row) for row in await connection.execute(sa.select(simulated_charges))]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (OSError, PoolTimeout, DBAPIError) as error:  # TimeoutError is an OSError
            if isinstance(error, DBAPIError) and not error.connection_invalidated:
                raise
            raise PaymentUnavailable("The payment gateway did not answer.") from error


def _read_entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    values = dict(row._mapping)
    return Entry(**values | {"outcome": Charge(values["outcome"])})
