"""The requests that measure lists and searches. Imported by the client processes, so it imports next to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from string import ascii_lowercase
from urllib.parse import quote

from bench.load import Requests, request

PER_CONNECTION = 100_000
"""More requests than a connection sends in one measurement."""
UNKNOWN_WORD = "{word}"


@dataclass(frozen=True, slots=True)
class Repeated(Requests):
    """The same requests again and again; each connection begins with another one."""

    requests: tuple[bytes, ...]

    def for_connection(self, connection: int) -> Iterator[bytes]:
        first = connection * 7 % len(self.requests)
        return islice(cycle(self.requests), first, None)


@dataclass(frozen=True, slots=True)
class Fresh(Requests):
    """Searches that nobody has sent before, so that no cache knows the responses: each by one of `paths`, with another
    last moment of the start, from `until` on. `{word}` in a path is replaced by a word that no event has.
    """

    paths: tuple[str, ...]
    until: datetime
    first: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def for_connection(self, connection: int) -> Iterator[bytes]:
        for number in count(self.first + connection * PER_CONNECTION):
            path = self.paths[number % len(self.paths)].replace(UNKNOWN_WORD, _unknown_word(number))
            until = quote((self.until + timedelta(milliseconds=number)).isoformat())
            yield request("GET", f"{path}{'&' if '?' in path else '?'}starts_before={until}", dict(self.headers))


def _unknown_word(number: int) -> str:
    letters = ""
    for _ in range(6):
        number, letter = divmod(number, len(ascii_lowercase))
        letters += ascii_lowercase[letter]
    return f"sx{letters}q"
