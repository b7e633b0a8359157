"""The figures as an SVG: a bar for each rate and each response time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from bench.report import Bar

WIDTH, LEFT, RIGHT, ROW = 820, 230, 150, 34
INK, SOFT, FULL, PALE = "#211d3a", "#55506e", "#5a5290", "#cfc9f5"

Line = tuple[str, float, str]
"""The label, the amount, and the amount as text."""


def draw(rates: Sequence[Line], times: Sequence[Line], bars: Sequence[Bar]) -> str:
    """Return an SVG of rates and response times, with their ratios below."""
    ratios = " · ".join(f"{bar.name} {bar.ratio:.2f} (bar {bar.wanted})" for bar in bars)
    height = 150 + ROW * (len(rates) + len(times)) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, sans-serif">',
        f'  <title id="t">Booking under load</title>\n  <desc id="d">{escape(ratios)}</desc>',
        f'  <rect width="{WIDTH}" height="{height}" rx="18" fill="#faf9fe"/>',
        *_chart("Responses per second", rates, 40),
        *_chart("Response time, 99th percentile", times, 40 + 46 + ROW * len(rates)),
        _text(30, height - 22, ratios, 12, SOFT),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _chart(title: str, lines: Sequence[Line], top: int) -> Iterator[str]:
    yield _text(30, top, title, 16, INK)
    most = max(amount for _, amount, _ in lines)
    for index, (what, amount, shown) in enumerate(lines):
        y, width = top + 16 + index * ROW, (WIDTH - LEFT - RIGHT) * amount / most
        yield _text(30, y + 16, what, 13, SOFT)
        yield f'  <rect x="{LEFT}" y="{y}" width="{width:.0f}" height="22" rx="4" fill="{PALE if index else FULL}"/>'
        yield _text(LEFT + round(width) + 8, y + 16, shown, 13, INK)


def _text(x: int, y: int, text: str, size: int, colour: str) -> str:
    return f'  <text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
