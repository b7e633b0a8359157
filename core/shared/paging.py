"""Pages of a list."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from core.shared.errors import Invalid

T = TypeVar("T")
U = TypeVar("U")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
COUNT_LIMIT = 10_000
"""Totals are exact up to this number; beyond it the page says `total_capped`."""


class BadCursor(Invalid):
    """The cursor is malformed, or belongs to another order."""

    code = "bad-cursor"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list to return: `limit` items from `offset`, or after `cursor` if one is given.

    `oldest_first` reverses a list that has the newest first; other lists ignore it.
    """

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None
    oldest_first: bool = False

    def direction_of(self, key: str) -> str:
        """Return the name, in cursors, of the order by a key that grows with time: `-created` has the newest first."""
        return key if self.oldest_first else f"-{key}"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list. `next_cursor` is None on the last page; `total` is at most COUNT_LIMIT."""

    items: Sequence[T]
    total: int
    total_capped: bool
    limit: int
    offset: int
    next_cursor: str | None

    def map(self, convert: Callable[[T], U]) -> Page[U]:
        """Return the same page with each item converted."""
        return self.with_items([convert(item) for item in self.items])

    def with_items(self, items: Sequence[U]) -> Page[U]:
        """Return the same page with other items."""
        return Page(items, self.total, self.total_capped, self.limit, self.offset, self.next_cursor)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a sorted list: right after the item with this sort key and id."""

    order: str
    key: str
    id: UUID

    def encode(self) -> str:
        content = json.dumps([self.order, self.key, self.id.hex], ensure_ascii=False)
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @staticmethod
    def decode(text: str, order: str) -> Cursor:
        """Return the cursor. Raises BadCursor if it is malformed or belongs to a list in another order."""
        try:
            content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            cursor_order, key, item = json.loads(content)
            cursor = Cursor(str(cursor_order), _storable(str(key)), UUID(hex=item))
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            raise BadCursor("This cursor is invalid. Start again from the first page.") from error
        if cursor.order != order:
            raise BadCursor("This cursor belongs to another sort order. Start again from the first page.")
        return cursor


def _storable(text: str) -> str:
    """Return the text if a database accepts it. Raises ValueError for NUL and for lone surrogates."""
    if b"\0" in text.encode():
        raise ValueError(text)
    return text
