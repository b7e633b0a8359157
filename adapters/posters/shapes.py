"""Motifs made of shapes: what is below the sky of a poster for communities, art, science and everything else."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, radians, sin
from random import Random

from adapters.posters.canvas import Canvas
from adapters.posters.sky import Sky
from adapters.posters.svg import circle, curve, element, loop, mix, number


def draw_discs(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Communities: discs that overlap, small ones before large ones."""
    count = 14
    fills = (*sky.accents, sky.light, sky.depth(0.8))
    discs = []
    for index in range(count):
        share = (index * 0.618034 + 0.06 * random.random()) % 1
        radius = 92 * (1 - index / count) ** 1.2 + 16
        y = 490 - (150 * sin(pi * share) + 20) * (0.25 + 0.75 * random.random())
        discs.append((canvas.x(share), y, radius, fills[index % len(fills)]))
    for index, (x, y, radius, fill) in enumerate(discs):
        yield circle(x, y, radius, fill=fill, fill_opacity=0.86)
        if index % 3 == 1:
            yield circle(x, y, radius * 0.6, fill="none", stroke=sky.ink, stroke_width=3, stroke_opacity=0.6)


def draw_blobs(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Art: cut-out shapes laid over each other, with a drawn line."""
    fills = (sky.depth(0.85), sky.accents[2], sky.accents[0], sky.light, sky.accents[1], sky.ink, sky.accents[0])
    for index, fill in enumerate(fills):
        share = (0.2 + index * 0.618034 + 0.1 * random.random()) % 1
        x, y = canvas.x(0.08 + 0.84 * share), 430 - 118 * ((index * 0.55) % 1) * random.random()
        points = _blob(x, y, 132 - 15 * index, random)
        yield element("path", d=loop(points), fill=fill)
        if index in (2, 4):
            inner = [(x + (px - x) * 0.6, y + (py - y) * 0.6) for px, py in points]
            yield element("path", d=loop(inner), fill="none", stroke=sky.ink, stroke_width=3.5)
    line = [(canvas.width * step / 7, 420 + 90 * (random.random() - 0.5)) for step in range(-1, 9)]
    yield element("path", d=curve(line), fill="none", stroke=sky.light, stroke_width=5)


def _blob(x: float, y: float, size: float, random: Random) -> list[tuple[float, float]]:
    corners, turn = 7, random.random() * pi
    radii = [size * (0.72 + 0.62 * random.random()) for _ in range(corners)]
    return [
        (x + radius * cos(turn + 2 * pi * corner / corners), y + 0.86 * radius * sin(turn + 2 * pi * corner / corners))
        for corner, radius in enumerate(radii)
    ]


def draw_orbits(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Science: planets on their orbits around a star."""
    x, y, tilt = canvas.center, 356, -26 + 16 * random.random()
    warm, bright, cool = sky.accents
    yield circle(x, y, 120, fill="url(#g)")
    orbits, planets = [], []
    for orbit in range(5):
        wide = 70 + 46 * orbit
        narrow = wide * 0.36
        orbits.append(element("ellipse", rx=wide, ry=round(narrow, 1), stroke_opacity=round(0.85 - 0.12 * orbit, 2)))
        angle = radians(72 * orbit * 2 + 60 * random.random())
        size = 7 + 12 * random.random()
        planets.append((wide * cos(angle), narrow * sin(angle), size, (bright, cool, warm, sky.light, bright)[orbit]))
    behind = [planet for planet in planets if planet[1] < 0]
    before = [planet for planet in planets if planet[1] >= 0]
    yield element(
        "g",
        element("g", *orbits, fill="none", stroke=sky.light, stroke_width=2),
        *(circle(px, py, size * 0.85, fill=fill) for px, py, size, fill in behind),
        circle(0, 0, 40, fill=warm),
        circle(-11, -11, 24, fill=mix(warm, "#ffffff", 0.35), opacity=0.7),
        *(_planet(*planet, sky) for planet in before),
        transform=f"translate({number(x)} {y}) rotate({number(tilt)})",
    )
    ridge = [(canvas.width * step / 8, 478 + 22 * (random.random() - 0.5)) for step in range(-1, 10)]
    yield element("path", d=f"{curve(ridge)}V500H0z", fill=sky.ink)


def _planet(x: float, y: float, size: float, fill: str, sky: Sky) -> str:
    shade = f"M{number(x)} {number(y - size)}a{number(size)} {number(size)} 0 0 1 0 {number(2 * size)}z"
    ring = element(
        "ellipse",
        cx=round(x),
        cy=round(y),
        rx=round(size * 1.75),
        ry=round(size * 0.5),
        fill="none",
        stroke=fill,
        stroke_width=2.5,
    )
    return (
        circle(x, y, size, fill=fill)
        + element("path", d=shade, fill=sky.ink, fill_opacity=0.28)
        + (ring if size > 13 else "")
    )


def draw_ridges(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Everything else: mountains behind mountains, the nearer the darker."""
    layers = 5
    for layer in range(layers):
        base, swing, steps = 296 + 46 * layer, 116 - 15 * layer, 5 + layer
        shift = random.random()
        points = [
            (canvas.width * (step + shift - 1) / steps, base - swing * (random.random() - 0.4))
            for step in range(-1, steps + 4)
        ]
        yield element("path", d=f"{curve(points)}V500H-99z", fill=sky.depth(0.2 + 0.8 * layer / (layers - 1)))
