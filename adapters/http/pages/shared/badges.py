"""A word about the state of something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, and its colour, which says nothing without it: `go`, `stop`, `moon` to look closer, `info`, or none."""

    kind: str
    text: str
