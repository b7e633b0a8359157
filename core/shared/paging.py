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
"""A total is counted exactly up to here; past it the list says `total_capped`."""


class BadCursor(Invalid):
    """The cursor was not made by this platform, or for another sorting."""

    code = "bad-cursor"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list: `limit` items from `offset`, or, when `cursor` is given, those after it."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. `next_cursor` is None on the last page; `total` stops counting at COUNT_LIMIT."""

    items: Sequence[T]
    total: int
    total_capped: bool
    limit: int
    offset: int
    next_cursor: str | None

    def map(self, show: Callable[[T], U]) -> Page[U]:
        """The same page with each item shown otherwise."""
        items = [show(item) for item in self.items]
        return Page(items, self.total, self.total_capped, self.limit, self.offset, self.next_cursor)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a sorted list: right after the item with this sort key and id."""

    order: str
    key: str
    id: UUID

    def encode(self) -> str:
        content = json.dumps([self.order, self.key, self.id.hex])
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @staticmethod
    def decode(text: str, order: str) -> Cursor:
        """Raises BadCursor when the text is no cursor, or one of a list sorted otherwise."""
        try:
            content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            made_for, key, item = json.loads(content)
            cursor = Cursor(str(made_for), _storable(str(key)), UUID(hex=item))
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            raise BadCursor("This cursor is not one of ours.") from error
        if cursor.order != order:
            raise BadCursor("This cursor belongs to another sorting.")
        return cursor


def _storable(text: str) -> str:
    """The text, when a store can be asked for it. Raises ValueError for NUL, and for surrogates that stand alone."""
    if b"\0" in text.encode():
        raise ValueError(text)
    return text
