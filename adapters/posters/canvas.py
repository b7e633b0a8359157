"""The area that a picture is drawn on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Canvas:
    """A drawing area of `width` by 500. What matters is drawn from `left` on; text may cover the rest."""

    width: float = 400
    left: float = 0

    @property
    def height(self) -> float:
        return 500

    @property
    def center(self) -> float:
        return self.x(0.5)

    def x(self, share: float) -> float:
        """Return the x at this share of the part that matters, 0 to 1."""
        return self.left + (self.width - self.left) * share


POSTER = Canvas()
"""4:5"""
LANDSCAPE = Canvas(width=500 * 1200 / 630, left=500)
"""1200:630, with text on the left."""
