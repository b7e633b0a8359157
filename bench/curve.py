"""A measured value over what was done, as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 820, 360, 90, 40, 70, 60
INK, SOFT, LINES = "#211d3a", "#55506e", ("#5a5290", "#b0721e")

Points = Sequence[tuple[float, float]]


def draw(title: str, across: str, curves: dict[str, Points], unit: str) -> str:
    """Return an SVG with up to two curves. The vertical axis begins at zero, so that growth looks as large as it is."""
    widest = max(x for points in curves.values() for x, _ in points) or 1.0
    highest = 1.15 * max(y for points in curves.values() for _, y in points) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        inside = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + inside[0] * x / widest, HEIGHT - BOTTOM - inside[1] * y / highest

    described = "; ".join(
        f"{name}: {points[0][1]:.0f} to {points[-1][1]:.0f} {unit}" for name, points in curves.items()
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, sans-serif">',
        f'  <title id="t">{escape(title)}</title>\n  <desc id="d">{escape(described)}</desc>',
        f'  <rect width="{WIDTH}" height="{HEIGHT}" rx="18" fill="#faf9fe"/>',
        _text(30, 40, title, 16, INK),
        _text(LEFT, HEIGHT - 20, across, 13, SOFT),
    ]
    for share in (0.0, 0.5, 1.0):
        value = highest / 1.15 * share
        _, y = place(0, value)
        parts.append(f'  <line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dedaf0"/>')
        parts.append(_text(20, round(y) + 4, f"{value:.0f} {unit}", 12, SOFT))
    for (name, points), colour in zip(curves.items(), LINES, strict=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'  <polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3"/>')
        x, y = place(*points[-1])
        parts.append(_text(round(x) - 8 * len(name), round(y) - 10, name, 13, colour))
    return "\n".join([*parts, "</svg>\n"])


def _text(x: int, y: int, text: str, size: int, colour: str) -> str:
    return f'  <text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
