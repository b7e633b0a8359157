"""Numbers, colours and paths as SVG writes them (https://www.w3.org/TR/SVG2/paths.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Point = tuple[float, float]


def number(value: float) -> str:
    """Return a number with at most one decimal."""
    return f"{round(value, 1) + 0:g}"


def element(name: str, *content: str, **attributes: object) -> str:
    """Return an element. Attributes that are None are left out, and underscores in their names are hyphens."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{f"{value:.4g}" if isinstance(value, float) else value}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def circle(x: float, y: float, radius: float, **attributes: object) -> str:
    return element("circle", cx=x, cy=y, r=radius, **attributes)


def rectangle(left: float, top: float, width: float, height: float, **attributes: object) -> str:
    data = f"M{number(left)} {number(top)}h{number(width)}v{number(height)}h{number(-width)}z"
    return element("path", d=data, **attributes)


def polygon(points: Iterable[Point], **attributes: object) -> str:
    return element("path", d=f"M{_join(points)}z", **attributes)


def curve(points: Sequence[Point]) -> str:
    """Return the data of a smooth open path: quadratic curves whose ends are halfway between the points."""
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise(points)]
    return f"M{_join(points[:1])}L{_join(middles[:1])}{_bends(points[1:-1], middles[1:])}L{_join(points[-1:])}"


def loop(points: Sequence[Point]) -> str:
    """Return the data of a smooth closed path, as `curve` does."""
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise([*points, points[0]])]
    return f"M{_join(middles[-1:])}{_bends(points, middles)}z"


def mix(one: str, other: str, share: float) -> str:
    """Return the colour between two `#rrggbb` colours; `share` is the part of the other, 0 to 1."""
    channels = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def _bends(controls: Iterable[Point], ends: Iterable[Point]) -> str:
    return "".join(f"Q{_join([control, end])}" for control, end in zip(controls, ends, strict=True))


def _join(points: Iterable[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
