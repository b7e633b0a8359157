"""Pictures of pictures: all pages on one sheet, and four of them in a row for the README."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS, TILE_HEIGHT, GAP, LABEL_HEIGHT = 4, 200, 12, 22
DESKTOP, PHONE = (1440, 900), (390, 844)
PAPER, INK, EDGE = "#fbfaf8", "#1d1b22", "#837b92"
FRONT = ("discover-390-dark", "front-event-390-light", "front-seats-390-dark", "tickets-one-390-light")
FRONT_WIDTH, FRONT_GAP, RADIUS = 390, 40, 36


def draw_sheet(folder: Path, target: Path) -> int:
    """Draw each page on a desktop in the light scheme, beside a phone in the dark one. Return how many there are."""
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
            tile = first_screen(folder / f"{name}-{suffix}.png", size)
            sheet.paste(tile.resize((width, TILE_HEIGHT), Image.Resampling.LANCZOS), (left, top + LABEL_HEIGHT))
            left += width + GAP
    sheet.save(target, quality=82, method=6)
    return len(names)


def draw_front(folder: Path, target: Path) -> None:
    """Draw four phones in a row, on nothing, so that they suit a light page and a dark one."""
    width, height = PHONE
    front = Image.new("RGBA", (len(FRONT) * (width + FRONT_GAP) - FRONT_GAP, height))
    mask = Image.new("L", PHONE)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), RADIUS, fill=255)
    for index, name in enumerate(FRONT):
        phone = first_screen(folder / f"{name}.png", PHONE)
        ImageDraw.Draw(phone).rounded_rectangle((0, 0, width - 1, height - 1), RADIUS, outline=EDGE, width=2)
        front.paste(phone, (index * (width + FRONT_GAP), 0), mask)
    front.save(target, quality=88, method=6)


def first_screen(file: Path, size: tuple[int, int]) -> Image.Image:
    with Image.open(file) as picture:
        return picture.convert("RGB").crop((0, 0, *size))


if __name__ == "__main__":
    source, goal = map(Path, sys.argv[1:])
    draw_front(source, goal / "front.webp")
    sys.stdout.write(
        f"{draw_sheet(source, goal / 'pages.webp')} pages in {goal}/pages.webp; the pictures are in {source}\n"
    )
