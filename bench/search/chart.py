"""The response times as an SVG: a row for each search, with a bar for each size of the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

from bench.report import ms

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 820, 230, 90, 9, 8, 84
INK, SOFT, COLOURS = "#211d3a", "#55506e", ("#cfc9f5", "#8f86cf", "#5a5290")
SHORTEST = 0.0005
"""Where the bars begin, in seconds: their scale is logarithmic."""


def draw(times: Mapping[str, Mapping[int, float]], sizes: Sequence[int]) -> str:
    """Return an SVG of the median response time of each row, in seconds, by the size of the catalog."""
    height = TOP + len(times) * (BAR * len(sizes) + GAP) + 20
    longest = max(seconds for by_size in times.values() for seconds in by_size.values())
    scale = (WIDTH - LEFT - RIGHT) / log10(max(longest, 2 * SHORTEST) / SHORTEST)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, sans-serif">',
        '  <title id="t">Response times of lists and searches</title>',
        f'  <desc id="d">Medians, for catalogs of {", ".join(f"{size:,}" for size in sizes)} events</desc>',
        f'  <rect width="{WIDTH}" height="{height}" rx="18" fill="#faf9fe"/>',
        _text(30, 40, "Median response time, logarithmic scale", 16, INK),
    ]
    for index, size in enumerate(sizes):
        x = LEFT + index * 160
        parts += [_bar(x, 56, 12, COLOURS[index % 3]), _text(x + 18, 65, f"{size:,} events", 12, SOFT)]
    for row, (name, by_size) in enumerate(times.items()):
        top = TOP + row * (BAR * len(sizes) + GAP)
        parts.append(_text(30, top + 10, name, 12, SOFT))
        for index, size in enumerate(sizes):
            width = max(1.0, scale * log10(max(by_size[size], SHORTEST) / SHORTEST))
            y = top + index * BAR
            parts.append(_bar(LEFT, y, width, COLOURS[index % 3]))
            parts.append(_text(LEFT + round(width) + 6, y + 8, ms(by_size[size]), 9, INK))
    return "\n".join([*parts, "</svg>\n"])


def _bar(x: int, y: int, width: float, colour: str) -> str:
    return f'  <rect x="{x}" y="{y}" width="{width:.0f}" height="{BAR}" fill="{colour}"/>'


def _text(x: int, y: int, text: str, size: int, colour: str) -> str:
    return f'  <text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
