"""The README's picture: the first screens of the pages that a visitor goes through, in a row."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from tests.screenshots.sheet import DESKTOP, PHONE

SHOTS = {
    "discover-1440-dark": DESKTOP,
    "event-going-390-light": PHONE,
    "seats-chosen-390-dark": PHONE,
    "ticket-390-light": PHONE,
}
HEIGHT, GAP = 640, 16


def draw_front(folder: Path, target: Path) -> None:
    """Draw the picture from those in the folder, on a ground that is seen through."""
    widths = [round(width * HEIGHT / height) for width, height in SHOTS.values()]
    front = Image.new("RGBA", (sum(widths) + GAP * (len(widths) - 1), HEIGHT))
    left = 0
    for (name, size), width in zip(SHOTS.items(), widths, strict=True):
        with Image.open(folder / f"{name}.png") as picture:
            first_screen = picture.convert("RGBA").crop((0, 0, *size))
        front.paste(first_screen.resize((width, HEIGHT), Image.Resampling.LANCZOS), (left, 0))
        left += width + GAP
    front.save(target, quality=85, method=6)


if __name__ == "__main__":
    source, goal = map(Path, sys.argv[1:])
    draw_front(source, goal)
    sys.stdout.write(f"The README's picture is {goal}\n")
