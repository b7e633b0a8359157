"""The sky of a poster: its colours by the hour, the stars, and the moon in its phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from random import Random

from adapters.posters.canvas import Canvas
from adapters.posters.moon import moon_phase
from adapters.posters.svg import circle, element, mix, number, rectangle

_STARS = 40
_MOON_RADIUS = 40
_HAZE = 0.55
_MARIA = ((-9, -12, 11), (8, 3, 8), (-12, 11, 6), (13, -15, 5))
"""The dark plains of the moon: x, y and radius."""


@dataclass(frozen=True, slots=True)
class Sky:
    """The colours of an hour: the sky from top to horizon, `light` for what shines, `ink` for what is in front of it,
    and accents for the motif.
    """

    colours: tuple[str, str, str, str]
    light: str
    ink: str
    accents: tuple[str, str, str]
    is_dark: bool = False

    @property
    def horizon(self) -> str:
        return self.colours[-1]

    def depth(self, nearness: float) -> str:
        """Return the colour of something in front of the sky: 0 at the horizon, 1 close by, in between in haze."""
        if nearness < _HAZE:
            return mix(self.horizon, self.colours[1], nearness / _HAZE)
        return mix(self.colours[1], self.ink, (nearness - _HAZE) / (1 - _HAZE))


_NIGHT = Sky(
    ("#070a1f", "#11163b", "#252a63", "#51438c"), "#ffe9b8", "#090a1c", ("#ffb86b", "#ff6f91", "#8be0d4"), is_dark=True
)
_DAWN = Sky(("#34386f", "#7a5c99", "#e58c8a", "#ffd3a1"), "#fff1d6", "#2a2148", ("#ff8a70", "#ffd166", "#7d6bc4"))
_MORNING = Sky(("#3f86c6", "#85bfe4", "#c9e6ee", "#fdf0cf"), "#ffffff", "#17425e", ("#f2a541", "#ef6f6c", "#2f9c95"))
_AFTERNOON = Sky(("#1f6fb8", "#5aa8dd", "#a9d8ee", "#e9f6ee"), "#ffffff", "#123a5c", ("#ff9f43", "#f25f5c", "#ffe066"))
_GOLDEN = Sky(("#2d2a63", "#83437f", "#e5695c", "#ffc163"), "#fff0c2", "#231236", ("#ffd166", "#ff7f6b", "#6a4c93"))
_EVENING = Sky(
    ("#0e1033", "#2a2363", "#6b3680", "#d5627a"), "#ffe3b3", "#120d2b", ("#ff9e6d", "#f25c8a", "#63c7d6"), is_dark=True
)
_FIRST_HOURS = ((22, _NIGHT), (20, _EVENING), (17, _GOLDEN), (12, _AFTERNOON), (8, _MORNING), (5, _DAWN), (0, _NIGHT))


def sky_at(local_time: datetime) -> Sky:
    """Return the colours of the local hour."""
    return next(sky for first_hour, sky in _FIRST_HOURS if local_time.hour >= first_hour)


def draw_sky(canvas: Canvas, sky: Sky, starts_at: datetime, *, is_southern: bool, random: Random) -> Iterator[str]:
    """Draw the sky on the whole canvas."""
    offsets = (0, 26 + 18 * random.random(), 60 + 18 * random.random(), 100)
    stops = (
        element("stop", offset=f"{number(offset)}%", stop_color=colour)
        for offset, colour in zip(offsets, sky.colours, strict=True)
    )
    glow = (
        element("stop", stop_color=sky.light, stop_opacity="0.6"),
        element("stop", offset=1, stop_color=sky.light, stop_opacity=0),
    )
    yield element(
        "defs",
        element("linearGradient", *stops, id="s", x2=0, y2=1),
        element("radialGradient", *glow, id="g"),
    )
    yield rectangle(0, 0, canvas.width, canvas.height, fill="url(#s)")
    if sky.is_dark:
        yield from _draw_stars(canvas, sky, random)
    x, y = canvas.x(0.22 + 0.56 * random.random()), 78 + 44 * random.random()
    yield from _draw_moon(x, y, sky, moon_phase(starts_at), is_southern=is_southern)


def _draw_stars(canvas: Canvas, sky: Sky, random: Random) -> Iterator[str]:
    """Draw the stars as one path of round dots, and a few bright ones."""
    count = round(_STARS * canvas.width / 400)
    places = [(random.random() * canvas.width, random.random() ** 1.5 * canvas.height * 0.62) for _ in range(count)]
    for size, opacity, chosen in ((1.3, "0.55", places[: count * 3 // 4]), (2.4, "0.9", places[count * 3 // 4 :])):
        dots = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in chosen)
        yield element(
            "path", d=dots, stroke=sky.light, stroke_width=size, stroke_linecap="round", stroke_opacity=opacity
        )


def _draw_moon(x: float, y: float, sky: Sky, phase: float, *, is_southern: bool) -> Iterator[str]:
    """Draw the moon: its halo, the dark part in the light of the earth, and the part that the sun shines on."""
    lit = (1 - cos(radians(phase))) / 2
    halo = _MOON_RADIUS * (1.6 + 1.6 * lit)
    yield circle(x, y, halo, fill="url(#g)", opacity=f"{0.3 + 0.4 * lit:.2f}")
    turn = f"translate({number(x)} {number(y)}) rotate({24 if is_southern else -24})"
    path = lit_part(_MOON_RADIUS, phase, is_southern=is_southern)
    yield element(
        "g",
        element("clipPath", element("path", d=path), id="m"),
        circle(0, 0, _MOON_RADIUS, fill=mix(sky.colours[0], sky.light, 0.16), opacity=0.55 if sky.is_dark else 0.38),
        element("path", d=path, fill=sky.light if sky.is_dark else mix(sky.light, "#ffffff", 0.6)),
        element(
            "g",
            *(circle(mx, my, radius) for mx, my, radius in _MARIA),
            clip_path="url(#m)",
            fill=sky.colours[2],
            opacity=0.2,
        ),
        transform=turn,
        opacity=None if sky.is_dark else 0.9,
    )


def lit_part(radius: float, phase: float, *, is_southern: bool = False) -> str:
    """Return the path of the lit part of the moon's disc: half of its edge, and the terminator, which is half an
    ellipse. In the north the waxing moon is lit on its right side, in the south on its left.
    """
    on_the_right = (phase < 180) != is_southern
    is_crescent = cos(radians(phase)) > 0
    edge = 1 if on_the_right else 0
    back = edge ^ 1 if is_crescent else edge
    r, terminator = number(radius), number(abs(radius * cos(radians(phase))))
    return f"M0,-{r}A{r} {r} 0 0 {edge} 0,{r}A{terminator} {r} 0 0 {back} 0,-{r}z"
