"""Read pages of sorted lists: by offset, or by keyset after a cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from core.shared.paging import COUNT_LIMIT, BadCursor, Cursor, Page, PageRequest


@dataclass(frozen=True, slots=True)
class Ordering:
    """The order of a list: its name in cursors, the sort key, the tie-breaker `identity`, and how to parse a key."""

    name: str
    key: ColumnElement[Any]
    identity: ColumnElement[Any]
    descending: bool
    read: Callable[[str], object]


async def read_page(
    connection: AsyncConnection, query: Select[Any], ordering: Ordering, page: PageRequest
) -> Page[Row[Any]]:
    """Return the requested page of `query`, each row with its sort key as the last column. Raises BadCursor."""
    every = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True)
    counted = every.limit(COUNT_LIMIT + 1).subquery()
    total = await connection.scalar(select(func.count()).select_from(counted)) or 0
    rows = (await connection.execute(_page_query(query, ordering, page))).all()
    items = rows[: page.limit]
    more = len(rows) > page.limit
    return Page(
        items=items,
        total=min(total, COUNT_LIMIT),
        total_capped=total > COUNT_LIMIT,
        limit=page.limit,
        offset=page.offset,
        next_cursor=Cursor(ordering.name, _format_key(items[-1][-1]), items[-1].id).encode() if more else None,
    )


def read_moment(key: str) -> datetime:
    """Parse a sort key as a time. Raises ValueError or OverflowError if it can't be stored."""
    moment = datetime.fromisoformat(key)
    if moment.tzinfo is None:
        raise ValueError(key)
    return moment.astimezone(UTC)


def _page_query(query: Select[Any], ordering: Ordering, page: PageRequest) -> Select[Any]:
    key, identity = ordering.key, ordering.identity
    if page.cursor is None:
        query = query.offset(page.offset)
    else:
        cursor = Cursor.decode(page.cursor, ordering.name)
        after = tuple_(literal(_parse_key(ordering, cursor.key), key.type), literal(cursor.id, identity.type))
        position = tuple_(key, identity)
        query = query.where(position < after if ordering.descending else position > after)
    direction = (key.desc(), identity.desc()) if ordering.descending else (key.asc(), identity.asc())
    return query.add_columns(key.label("sort_key")).order_by(*direction).limit(page.limit + 1)


def _parse_key(ordering: Ordering, key: str) -> object:
    try:
        return ordering.read(key)
    except (ValueError, ArithmeticError) as error:
        raise BadCursor("This cursor is invalid. Start again from the first page.") from error


def _format_key(key: Any) -> str:
    return key.isoformat() if hasattr(key, "isoformat") else str(key)
