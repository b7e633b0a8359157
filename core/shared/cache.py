"""What is computed once for many callers, and kept for a short time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """What a cache keeps: some content, and short texts about it by their names, such as HTTP headers."""

    content: bytes
    headers: Mapping[str, str]

    @property
    def size(self) -> int:
        """About how many bytes it has."""
        return len(self.content) + sum(map(len, (*self.headers, *self.headers.values())))


class Cache(Protocol):
    """Keeps entries for a set life time, and no more bytes of them than were set: the least recently used go first."""

    @abstractmethod
    async def get(self, key: str, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        """Return the entry of a key that began to be computed within the life time, or else a new one.

        Callers of one process who come while an entry is being computed wait for it, and get its error if it fails.
        It goes on while any of them waits, also when the first one no longer does, and is cancelled after the last.
        With a life time of zero nothing is kept or shared.

        Where several processes share the cache, one of them computes an entry and the others wait for it, for a limited
        time. Then, and where they can't reach each other, each computes it alone.
        """

    @abstractmethod
    async def clear(self) -> None:
        """Forget every entry. One that is being computed now is given to those who wait for it, and to nobody else.
        (In other processes, those who come while it is being computed still join it.)
        """
