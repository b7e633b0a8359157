"""Paging through lists in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from math import isfinite
from typing import Any, Protocol, TypeVar
from uuid import UUID

from core.shared.paging import COUNT_LIMIT, BadCursor, Cursor, Page, PageRequest


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Identified)
SortValue = str | float


def page_of(
    items: Iterable[T],
    page: PageRequest,
    *,
    order: str,
    key: Callable[[T], Any],
    descending: bool,
    read: Callable[[str], Any] | None = None,
) -> Page[T]:
    """Return the requested page of `items`, sorted by `key`, then by id. Raises BadCursor.

    `read` parses a key from its text, and raises ValueError or OverflowError; without it a key is a text or a number.
    """
    ranked = sorted(((key(item), item.id.hex, item) for item in items), key=lambda entry: entry[:2], reverse=descending)
    total = len(ranked)
    if page.cursor is not None:
        cursor = Cursor.decode(page.cursor, order)
        after = _position(cursor, ranked) if read is None else (_read(read, cursor.key), cursor.id.hex)
        ranked = [entry for entry in ranked if (entry[:2] < after if descending else entry[:2] > after)]
    else:
        ranked = ranked[page.offset :]
    part = ranked[: page.limit]
    more = len(ranked) > len(part)
    return Page(
        items=[item for _, _, item in part],
        total=min(total, COUNT_LIMIT),
        total_capped=total > COUNT_LIMIT,
        limit=page.limit,
        offset=page.offset,
        next_cursor=Cursor(order, str(part[-1][0]), part[-1][2].id).encode() if more else None,
    )


def page_by_age(
    items: Iterable[T],
    page: PageRequest,
    name: str = "created",
    key: Callable[[T], SortValue] = lambda item: item.id.hex,
) -> Page[T]:
    """Return the requested page of `items` by a key that grows with time: the newest first, or the oldest."""
    return page_of(items, page, order=page.direction_of(name), key=key, descending=not page.oldest_first)


def _read(read: Callable[[str], Any], key: str) -> Any:
    try:
        return read(key)
    except (ValueError, OverflowError) as error:
        raise BadCursor("This cursor is invalid. Start again from the first page.") from error


def _position(cursor: Cursor, ranked: list[tuple[SortValue, str, T]]) -> tuple[SortValue, str]:
    if ranked and isinstance(ranked[0][0], float):
        with suppress(ValueError):
            if isfinite(number := float(cursor.key)):
                return number, cursor.id.hex
        raise BadCursor("This cursor is invalid. Start again from the first page.")
    return cursor.key, cursor.id.hex
