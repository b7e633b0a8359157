"""The whole demo programme, and where the demo member goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entrypoints.demo_programme import berlin, lisbon, london, new_york

NIGHTS = (*berlin.NIGHTS, *london.NIGHTS, *lisbon.NIGHTS, *new_york.NIGHTS)
HALLS = tuple(dict.fromkeys(night.hall for night in NIGHTS))
FORMER_HALLS = {("Loft des Arts", "Paris")}
"""The areas of the demo of earlier versions that are not among these, with their cities."""


class Outcome(StrEnum):
    """What became of a booking of the demo member."""

    GOES = "goes"
    CANCELLED = "cancelled"
    WAITS = "waits"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Outing:
    """A booking of the demo member."""

    night: str
    outcome: Outcome
    size: int = 2
    seats: tuple[str, ...] = ()


OUTINGS = (
    Outing("Night of the Short Film", Outcome.GOES, seats=("D-6", "D-7")),
    Outing("Bluegrass on the Pier", Outcome.GOES, size=3),
    Outing("Fado at Sunset", Outcome.WAITS),
    Outing("Chamber Music under the Ferry", Outcome.HOLDS, seats=("C-8", "C-9")),
    Outing("Zine Fair", Outcome.CANCELLED, size=1),
)
