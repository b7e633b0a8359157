"""Motifs made of things: what is below the sky of a poster for music, films, words, markets and games."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sin
from random import Random

from adapters.posters.canvas import Canvas
from adapters.posters.sky import Sky
from adapters.posters.svg import circle, curve, element, mix, number, polygon, rectangle


def draw_rings(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Music: sound that spreads in rings, and the levels of its frequencies."""
    x, y = canvas.x(0.3 + 0.4 * random.random()), 372
    warm, bright, _ = sky.accents
    yield element(
        "g",
        *(
            circle(
                x, y, 46 + 27 * ring, stroke=mix(warm, bright, ring / 9), stroke_opacity=round(0.9 - 0.085 * ring, 2)
            )
            for ring in range(10)
        ),
        fill="none",
        stroke_width=9,
    )
    yield circle(x, y, 36, fill=warm)
    yield circle(x, y, 11, fill=sky.ink)
    step, waves = 20, [random.random() * 2 * pi for _ in range(3)]
    bars = ""
    for left in range(4, round(canvas.width), step):
        level = 62 + 26 * sin(left / 47 + waves[0]) + 18 * sin(left / 19 + waves[1]) + 12 * random.random()
        bars += f"M{left + 6} 520V{number(500 - level)}"
    yield element("path", d=bars, stroke=sky.ink, stroke_width=13, stroke_linecap="round")


def draw_light_cone(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Films: a screen outdoors, the light that falls on it, and the people who watch."""
    x, half, top, bottom = canvas.center, 128, 218, 362
    light = (
        element("stop", stop_color=sky.light, stop_opacity=0.08),
        element("stop", offset=1, stop_color=sky.light, stop_opacity=0.62),
    )
    yield element("path", d=_hill(canvas, 392, random), fill=sky.depth(0.62))
    yield element("linearGradient", *light, id="c", x2=0, y2=1)
    yield polygon([(x - 96, bottom), (x + 96, bottom), (x + 104, 430), (x - 104, 430)], fill=sky.ink, opacity=0.25)
    yield rectangle(x - half, top, 2 * half, bottom - top, fill=sky.light)
    yield from _draw_scene((x - half + 7, top + 7, 2 * half - 14, bottom - top - 14), sky, random)
    yield polygon([(x - half, top), (x + half, top), (x + 9, 520), (x - 9, 520)], fill="url(#c)")
    yield from _draw_audience(canvas, 446, 11, sky.depth(0.82), random)
    yield from _draw_audience(canvas, 480, 15, sky.ink, random)


def _draw_scene(screen: tuple[float, float, float, float], sky: Sky, random: Random) -> Iterator[str]:
    """Draw what the film shows, a sun behind hills, on a screen given by its left, top, width and height."""
    warm, bright, _ = sky.accents
    x, y, width, height = screen
    points = [(x + width * step / 5, y + height * (0.62 + 0.16 * random.random())) for step in range(6)]
    yield rectangle(x, y, width, height, fill=bright)
    yield circle(x + width * (0.25 + 0.5 * random.random()), y + height * 0.52, height * 0.27, fill=warm)
    yield element("path", d=f"{curve(points)}V{number(y + height)}H{number(x)}z", fill=sky.ink, opacity=0.86)


def _draw_audience(canvas: Canvas, y: float, size: float, fill: str, random: Random) -> Iterator[str]:
    """Draw a row of people from behind, each a head and shoulders, with a seat free here and there."""
    head, shoulders, depth = number(size), number(3.6 * size), number(2 * size)
    people, x = "", -size * random.random() * 2
    while x < canvas.width + size:
        if random.random() < 0.86:
            top = y - 5 * random.random()
            people += f"M{number(x - size)} {number(top)}a{head} {head} 0 0 1 {depth} 0v{head}h-{depth}z"
            people += f"M{number(x - 1.8 * size)} {number(top + 2.1 * size)}"
            people += f"q{number(1.8 * size)}-{depth} {shoulders} 0V520h-{shoulders}z"
        x += size * (3.7 + 0.5 * random.random())
    yield element("path", d=people, fill=fill)


def draw_lines(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Words: lines of writing that roll over a hill like a ploughed field."""
    warm, bright, _ = sky.accents
    phase, count, steps = random.random() * 2 * pi, 11, round(canvas.width / 100)

    def points(line: float) -> list[tuple[float, float]]:
        swing = 34 - 2 * line
        return [
            (canvas.width * step / steps, round(250 + 24 * line + swing * sin(step * 1.1 + phase + line * 0.16)))
            for step in range(-1, steps + 2)
        ]

    yield element("path", d=f"{curve(points(-1))}V500H-99z", fill=sky.depth(0.9))
    lines = []
    for line in range(count):
        words = " ".join(f"{round(6 + 46 * random.random())} {15 + line // 3}" for _ in range(6))
        colour = mix(sky.light, warm if line % 2 else bright, min(1, 0.1 + line / count))
        width = round(4.5 + line * 0.55, 1)
        lines.append(element("path", d=curve(points(line)), stroke=colour, stroke_width=width, stroke_dasharray=words))
    yield element("g", *lines, fill="none", stroke_linecap="round")


def draw_awning(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Markets: a stall under its awning, and strings of lights."""
    warm, bright, _ = sky.accents
    x, top, edge, counter = canvas.center, 284, 352, 446
    for height in (176, 214):
        yield from _draw_lights(canvas, height, sky, random)
    yield element("path", d=_hill(canvas, 404, random), fill=sky.depth(0.7))
    yield rectangle(x - 156, edge, 312, 150, fill=sky.ink)
    yield rectangle(x - 146, edge, 292, counter - edge, fill=mix(sky.light, warm, 0.4))
    yield from _draw_goods(x, counter, sky, random)
    for stripe in range(-4, 4):
        fill = bright if stripe % 2 else mix(sky.light, "#ffffff", 0.3)
        yield element(
            "path",
            d=f"M{number(x + stripe * 35.5)} {top}h35.5L{number(x + stripe * 42 + 42)} {edge}v8a21 21 0 0 1-42 0v-8z",
            fill=fill,
        )
    yield rectangle(x - 164, counter, 328, 12, fill=sky.depth(0.5))
    yield rectangle(0, 488, canvas.width, 12, fill=sky.ink)


def _draw_lights(canvas: Canvas, top: float, sky: Sky, random: Random) -> Iterator[str]:
    """Draw a string of lights, which hangs along a quadratic curve from one side to the other."""
    sag, middle, count = 44 + 40 * random.random(), canvas.center + 60 * (random.random() - 0.5), 11
    string = f"M0 {number(top)}Q{number(middle)} {number(top + 2 * sag)} {number(canvas.width)} {number(top)}"
    bulbs = "".join(
        f"M{number(2 * t * (1 - t) * middle + t * t * canvas.width)} {number(top + 4 * t * (1 - t) * sag + 7)}h0"
        for t in (bulb / (count + 1) for bulb in range(1, count + 1))
    )
    lights = (
        element("path", d=bulbs, stroke=sky.accents[0], stroke_width=20, stroke_opacity=0.22),
        element("path", d=bulbs, stroke=sky.light, stroke_width=9),
    )
    yield element("path", d=string, stroke=sky.ink, stroke_width=1.5, fill="none")
    yield element("g", *lights, stroke_linecap="round")


def _draw_goods(x: float, y: float, sky: Sky, random: Random) -> Iterator[str]:
    """Draw four heaps of fruit on a counter around x."""
    for heap, fill in enumerate((sky.accents[1], sky.accents[2], sky.accents[0], sky.accents[1])):
        rows = 2 + round(random.random())
        fruit = "".join(
            f"M{number(x - 102 + 68 * heap + 15 * (place - (3 - row) / 2))} {y - 8 - 12 * row}h0"
            for row in range(rows)
            for place in range(4 - row)
        )
        yield element("path", d=fruit, stroke=fill, stroke_width=15, stroke_linecap="round")


def draw_tiles(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Games: a board of tiles, some of them raised."""
    half, tall, depth = 50, 25, 150
    sides = (
        polygon([(-half, 0), (0, tall), (0, depth), (-half, depth)], fill=sky.ink, fill_opacity=0.4),
        polygon([(half, 0), (0, tall), (0, depth), (half, depth)], fill=sky.ink, fill_opacity=0.64),
    )
    column = polygon([(-half, 0), (0, -tall), (half, 0), (half, depth), (-half, depth)])
    yield element("defs", element("g", column, *sides, id="t"))
    board = (mix(sky.light, sky.horizon, 0.2), sky.depth(0.75))
    reach = round(canvas.width / 2 / half)
    for row in range(11):
        for place in range(-reach, reach + 1):
            if (row + place) % 2:
                continue
            chance = random.random()
            lift = 60 * chance**4 if row else 0
            is_piece = chance > 0.76
            fill = sky.accents[(row * 7 + place) % 3] if is_piece else board[row % 2]
            x, y = canvas.width / 2 + place * half, 296 + row * tall - lift
            yield element("use", href="#t", x=round(x), y=round(y), fill=fill)


def _hill(canvas: Canvas, y: float, random: Random) -> str:
    points = [(canvas.width * step / 4, y + 26 * (random.random() - 0.5)) for step in range(-1, 6)]
    return f"{curve(points)}V500H0z"
