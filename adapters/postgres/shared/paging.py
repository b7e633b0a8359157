"""Read pages of sorted lists: by offset, or by keyset after a cursor."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.shared.totals import Total, count_rows
from core.shared.paging import BadCursor, Cursor, Page, PageRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ordering:
    """The order of a list: its name in cursors, the sort key, the tie-breaker `identity`, and how to parse a key."""

    name: str
    key: ColumnElement[Any]
    identity: ColumnElement[Any]
    descending: bool
    read: Callable[[str], object]


def order_by_age(
    name: str,
    key: ColumnElement[Any],
    identity: ColumnElement[Any],
    read: Callable[[str], object],
    page: PageRequest,
) -> Ordering:
    """Return the order with the newest first, or the oldest if the page is of that list."""
    return Ordering(page.direction_of(name), key, identity, descending=not page.oldest_first, read=read)


async def read_page(
    connection: AsyncConnection, query: Select[Any], ordering: Ordering, page: PageRequest, same_list: Hashable = None
) -> Page[Row[Any]]:
    """Return the requested page of `query`, each row with its sort key as the last column. Raises BadCursor.

    `same_list` is equal for all pages of a list, in any order: a large total is then counted once for some seconds.
    """
    rows = (await connection.execute(sort_page(query, ordering, page))).all()
    total = find_total(rows, page) or await count_rows(connection, query, same_list)
    return cut_page(rows, total, page, ordering.name, lambda row: (row[-1], row.id))


def sort_page(query: Select[Any], ordering: Ordering, page: PageRequest) -> Select[Any]:
    """Return the query for one row more than the page has, each with its sort key as the last column.

    Raises BadCursor.
    """
    key, identity = ordering.key, ordering.identity
    if page.cursor is None:
        query = query.offset(page.offset)
    else:
        after_key, after_id = read_cursor(page.cursor, ordering.name, ordering.read)
        after = tuple_(literal(after_key, key.type), literal(after_id, identity.type))
        position = tuple_(key, identity)
        query = query.where(position < after if ordering.descending else position > after)
    direction = (key.desc(), identity.desc()) if ordering.descending else (key.asc(), identity.asc())
    return query.add_columns(key.label("sort_key")).order_by(*direction).limit(page.limit + 1)


def read_cursor(text: str, order: str, read: Callable[[str], T]) -> tuple[T, UUID]:
    """Return the sort key and the id after which a page begins. Raises BadCursor."""
    cursor = Cursor.decode(text, order)
    try:
        return read(cursor.key), cursor.id
    except (ValueError, ArithmeticError) as error:
        raise BadCursor("This cursor is invalid. Start again from the first page.") from error


def find_total(found: Sequence[object], page: PageRequest) -> Total | None:
    """Return the total of a list if its last page is already found: the page and perhaps one more. None otherwise."""
    is_last = page.cursor is None and len(found) <= page.limit and (len(found) > 0 or page.offset == 0)
    return Total.of(page.offset + len(found)) if is_last else None


def cut_page(
    found: Sequence[T], total: Total, page: PageRequest, order: str, position_of: Callable[[T], tuple[Any, UUID]]
) -> Page[T]:
    """Return the page, of which `found` has one item more if it is not the last one.

    `position_of` returns the sort key and the id of an item.
    """
    items = found[: page.limit]
    next_cursor = None
    if len(found) > page.limit:
        key, identity = position_of(items[-1])
        next_cursor = Cursor(order, _format_key(key), identity).encode()
    return Page(items, total.rows, total.is_capped, page.limit, page.offset, next_cursor)


def read_moment(key: str) -> datetime:
    """Parse a sort key as a time. Raises ValueError or OverflowError if it can't be stored."""
    moment = datetime.fromisoformat(key)
    if moment.tzinfo is None:
        raise ValueError(key)
    return moment.astimezone(UTC)


def _format_key(key: Any) -> str:
    return key.isoformat() if hasattr(key, "isoformat") else str(key)
