"""Store many events at once: by COPY, and without indexes as long as there are no other events."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import CreateIndex, DropIndex

from adapters.postgres.catalog.event_rows import event_row
from adapters.postgres.catalog.tables import event_utilizations, events
from adapters.postgres.catalog.vocabulary import Vocabulary, remember
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.shared.rows import is_any_of
from core.catalog.ending import SAFETY_MARGIN
from core.catalog.model import Event, EventView
from core.shared.ids import UserId

_FIELDS = [field.name for field in fields(Event)]
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_INDEX_MEMORY = "256MB"
_TABLES = "events, event_sources, event_utilizations, search_words, event_cities"
_INDEXES = sorted(
    (*events.indexes, *event_utilizations.indexes, *event_sources.indexes), key=lambda index: str(index.name)
)


@dataclass(frozen=True, slots=True)
class EncodedEvents:
    """Events as COPY reads them. They can be encoded in another process."""

    count: int
    columns: Sequence[str]
    events: bytes
    source_columns: Sequence[str]
    sources: bytes
    vocabulary: Vocabulary


def encode_events(views: Sequence[EventView], now: datetime) -> EncodedEvents:
    """Encode events with their source records, for `load_events`. What the sources reported is left empty."""
    values = [{name: getattr(view.event, name) for name in _FIELDS} for view in views]
    rows = [event_row(each) | {"has_ended": each["end_time"] < now - SAFETY_MARGIN} for each in values]
    sources = [
        {
            "source": each.source,
            "source_id": each.source_id,
            "event_id": view.event.id,
            "url": each.url,
            "reported": "{}",
            "first_seen": each.first_seen,
            "last_seen": each.last_seen,
        }
        for view in views
        for each in view.sources
    ]
    return EncodedEvents(
        count=len(rows),
        columns=list(rows[0]) if rows else [],
        events=_encode(rows),
        source_columns=list(sources[0]) if sources else [],
        sources=_encode(sources),
        vocabulary=Vocabulary.of(values),
    )


async def load_events(
    engine: AsyncEngine, batches: AsyncIterable[EncodedEvents], report: Callable[[int], None]
) -> None:
    """Store events, `report` how many are stored after each batch, and vacuum the tables, which index scans gain from.

    Into an empty table they go in one transaction, which drops its indexes and creates them again at the end, since
    that takes a fraction of the time; meanwhile nobody can read it. Else each batch has a transaction of its own.
    """
    stored, known = 0, Vocabulary(set(), set())

    async def store(connection: AsyncConnection, batch: EncodedEvents) -> None:
        nonlocal stored, known
        await remember(connection, batch.vocabulary - known)
        known |= batch.vocabulary
        await _copy(connection, "events", batch.columns, batch.events)
        await _copy(connection, "event_sources", batch.source_columns, batch.sources)
        stored += batch.count

    async with engine.begin() as connection:
        is_empty = await _lock_if_empty(connection)
        if is_empty:
            async with _without_indexes(connection):
                async for batch in batches:
                    await store(connection, batch)
                    report(stored)
    if not is_empty:
        async for batch in batches:
            async with engine.begin() as connection:
                await store(connection, batch)
            report(stored)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # VACUUM can't be part of a transaction
        await connection.execute(text(f"VACUUM (ANALYZE) {_TABLES}"))


async def find_event_ids(engine: AsyncEngine, organizer_ids: Collection[UserId], source_prefix: str) -> Sequence[UUID]:
    """Return the ids of these organizers' events, and of those that sources know by an id that begins so."""
    own = select(events.c.id).where(is_any_of(events.c.organizer_id, organizer_ids))
    gathered = select(event_sources.c.event_id).where(event_sources.c.source_id.startswith(source_prefix))
    async with engine.connect() as connection:
        return (await connection.scalars(union(own, gathered))).all()


async def _lock_if_empty(connection: AsyncConnection) -> bool:
    """Return whether there are no events; nobody else creates or reads any then until the end of the transaction."""
    has_events = select(exists(select(events.c.id)))
    if await connection.scalar(has_events):
        return False
    await connection.execute(text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
    return not await connection.scalar(has_events)


@asynccontextmanager
async def _without_indexes(connection: AsyncConnection) -> AsyncIterator[None]:
    """Drop the indexes that are no constraints, and create them again at the end."""
    for index in _INDEXES:
        await connection.execute(DropIndex(index))
    yield
    await connection.execute(text(f"SET LOCAL maintenance_work_mem = '{_INDEX_MEMORY}'"))
    for index in _INDEXES:
        await connection.execute(CreateIndex(index))


async def _copy(connection: AsyncConnection, table: str, columns: Sequence[str], rows: bytes) -> None:
    if rows:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.copy_to_table(table, columns=columns, source=_chunks(rows))


async def _chunks(rows: bytes) -> AsyncIterator[bytes]:
    yield rows


def _encode(rows: Iterable[dict[str, Any]]) -> bytes:
    """Write rows in the text format of COPY (PostgreSQL manual, COPY, File Formats)."""
    return "".join("\t".join(map(_encode_value, row.values())) + "\n" for row in rows).encode()


def _encode_value(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        quoted = ",".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in value)
        return f"{{{quoted}}}".translate(_ESCAPES)
    return str(value)
