"""One picture of all pages: each on a desktop in the light scheme, beside a phone in the dark one."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS, TILE_HEIGHT, GAP, LABEL_HEIGHT = 4, 200, 12, 22
DESKTOP, PHONE = (1440, 900), (390, 844)
PAPER, INK = "#fbfaf8", "#1d1b22"


def draw_sheet(folder: Path, target: Path) -> int:
    """Draw the sheet of the pictures in the folder, and return how many pages it shows."""
    names = sorted(each.name.removesuffix("-1440-light.png") for each in folder.glob("*-1440-light.png"))
    widths = [round(width * TILE_HEIGHT / height) for width, height in (DESKTOP, PHONE)]
    cell = sum(widths) + 3 * GAP, TILE_HEIGHT + LABEL_HEIGHT + GAP
    rows = -(-len(names) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, name in enumerate(names):
        left, top = GAP + index % COLUMNS * cell[0], GAP + index // COLUMNS * cell[1]
        draw.text((left, top), name.replace("-", " "), fill=INK, font=font)
        for suffix, size, width in (("1440-light", DESKTOP, widths[0]), ("390-dark", PHONE, widths[1])):
            with Image.open(folder / f"{name}-{suffix}.png") as picture:
                first_screen = (
                    picture.convert("RGB").crop((0, 0, *size)).resize((width, TILE_HEIGHT), Image.Resampling.LANCZOS)
                )
            sheet.paste(first_screen, (left, top + LABEL_HEIGHT))
            left += width + GAP
    sheet.save(target, quality=82, method=6)
    return len(names)


if __name__ == "__main__":
    source, goal = map(Path, sys.argv[1:])
    sys.stdout.write(f"{draw_sheet(source, goal)} pages in {goal}; each in {source} in both schemes at both widths\n")
