"""A table in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """Rows by key. Every write appends how to undo it."""

    def __init__(self, undo: list[Callable[[], None]]) -> None:
        self._rows: dict[K, V] = {}
        self._undo = undo

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

    def __iter__(self) -> Iterator[V]:
        return iter(self._rows.values())

    def items(self) -> list[tuple[K, V]]:
        return list(self._rows.items())

    def put(self, key: K, value: V) -> None:
        before = self._rows.get(key)
        if before is None:
            self._undo.append(lambda: self._drop(key))
        else:
            self._undo.append(lambda: self._rows.__setitem__(key, before))
        self._rows[key] = value

    def remove(self, key: K) -> None:
        before = self._rows.pop(key)
        self._undo.append(lambda: self._rows.__setitem__(key, before))

    def _drop(self, key: K) -> None:
        del self._rows[key]
