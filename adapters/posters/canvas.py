"""The area that a picture is drawn on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.catalog.posters import Shape


@dataclass(frozen=True, slots=True)
class Canvas:
    """A drawing area of `width` by 500. What matters is drawn from `left` to `right`."""

    width: float
    left: float
    right: float

    @property
    def height(self) -> float:
        return 500

    @property
    def span(self) -> float:
        return self.right - self.left

    @property
    def center(self) -> float:
        return self.x(0.5)

    def x(self, share: float) -> float:
        """Return the x at this share of the part that matters, 0 to 1."""
        return self.left + self.span * share


CANVASES: Mapping[Shape, Canvas] = {Shape.TALL: Canvas(400, 0, 400), Shape.WIDE: Canvas(889, 195, 695)}
_LANDSCAPE_WIDTH = 500 * 1200 / 630
LANDSCAPE = Canvas(_LANDSCAPE_WIDTH, left=500, right=_LANDSCAPE_WIDTH)
"""1200:630, with text on the left."""
