"""How the place of an event is shown to people."""

from __future__ import annotations

from core.shared.text import to_single_line

TO_BE_ANNOUNCED = "To be announced"


def describe_place(*parts: str | None) -> str:
    """Return the known parts of a place on one line, or that it is to be announced."""
    return to_single_line(", ".join(part for part in parts if part)) or TO_BE_ANNOUNCED
