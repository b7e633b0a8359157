"""What a column or a fact shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from core.shared.timezones import zone_of

S = TypeVar("S", bound=StrEnum)


class Tone(StrEnum):
    """The colour of a state, always beside its word."""

    GO = "go"
    STOP = "stop"
    MOON = "moon"
    INFO = "info"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, perhaps with a link, in a tone, or with the moment that it names; `note` is a second line in small print.

    A file has `data` instead, if it is given.
    """

    text: str
    href: str | None = None
    tone: Tone | None = None
    moment: datetime | None = None
    note: str | None = None
    data: str | None = None

    @property
    def exported(self) -> str:
        """The value in a file."""
        if self.data is not None:
            return self.data
        return self.text if self.moment is None else self.moment.astimezone(UTC).isoformat(timespec="seconds")


NOTHING = Cell("\N{EN DASH}", data="")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a page about one thing."""

    label: str
    cell: Cell


def text(value: str | None, note: str | None = None) -> Cell:
    return Cell(value, note=note) if value else NOTHING


def number(value: int | None) -> Cell:
    return NOTHING if value is None else Cell(f"{value:,}", data=str(value))


def link(value: str, href: str, note: str | None = None) -> Cell:
    return Cell(value, href=href, note=note)


def badge(value: str, tone: Tone, note: str | None = None) -> Cell:
    return Cell(value.replace("_", " "), tone=tone, note=note, data=value)


def moment(at: datetime | None, zone: str = "UTC") -> Cell:
    """Show a time in a time zone, by default UTC, which the lists say in their headings."""
    if at is None:
        return NOTHING
    local = at.astimezone(zone_of(zone))
    return Cell(f"{local.day} {local:%b %Y, %H:%M}", moment=at)


def short_id(value: UUID) -> str:
    """The end of an id: its beginning is the time, which is nearly the same for neighbours."""
    return value.hex[-8:]


def state(value: S, tones: Mapping[S, Tone]) -> Cell:
    """Show a status in its tone."""
    return badge(value, tones.get(value, Tone.QUIET))
