"""Drawing posters as SVG.

A strict Content-Security-Policy forbids `style` in SVG as well, so everything is a presentation attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from adapters.posters import motifs, shapes
from adapters.posters.canvas import CANVASES, Canvas
from adapters.posters.sky import Sky, draw_sky, sky_at
from adapters.posters.svg import element, number
from core.catalog.posters import Motif, Poster, Shape

_DRAW: Mapping[Motif, Callable[[Canvas, Sky, Random], Iterator[str]]] = {
    Motif.RINGS: motifs.draw_rings,
    Motif.LIGHT_CONE: motifs.draw_light_cone,
    Motif.LINES: motifs.draw_lines,
    Motif.AWNING: motifs.draw_awning,
    Motif.TILES: motifs.draw_tiles,
    Motif.DISCS: shapes.draw_discs,
    Motif.BLOBS: shapes.draw_blobs,
    Motif.ORBITS: shapes.draw_orbits,
    Motif.RIDGES: shapes.draw_ridges,
}


def draw_poster(poster: Poster, shape: Shape = Shape.TALL) -> str:
    """Return the poster as an SVG document, the same each time."""
    canvas = CANVASES[shape]
    return document(canvas, draw_art(canvas, poster))


def draw_art(canvas: Canvas, poster: Poster) -> Iterator[str]:
    """Draw the art of a poster on a canvas."""
    random = Random(poster.seed.int)  # noqa: S311 - a picture is no secret
    sky = sky_at(poster.starts_at)
    yield from draw_sky(canvas, sky, poster.starts_at, is_southern=poster.is_southern, random=random)
    yield from _DRAW[poster.motif](canvas, sky, random)


def document(canvas: Canvas, content: Iterator[str], pixels: tuple[int, int] | None = None) -> str:
    """Return an SVG document with this content, as large as there is room or of a width and height in pixels."""
    box = f"0 0 {number(canvas.width)} {number(canvas.height)}"
    width, height = pixels or (None, None)
    return element("svg", *content, xmlns="http://www.w3.org/2000/svg", viewBox=box, width=width, height=height)
