"""The pictures that are shown with shared links (https://ogp.me): 1200 by 630, the art of the poster and a text."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from adapters.posters.canvas import LANDSCAPE
from adapters.posters.drawing import document, draw_art
from adapters.posters.sky import sky_at
from adapters.posters.svg import element, rectangle
from core.catalog.posters import SharePicture

WIDTH, HEIGHT = 1200, 630

_MARGIN, _TEXT_WIDTH = 46, 470
_SIZES = (64, 56, 48, 42, 36)
_LINE_HEIGHT = 1.14
_NARROW, _WIDE = frozenset("iljtfrI1\u2019.,:;'!|()[] "), frozenset("mwMW@%&—…")
_MAX_TITLE_HEIGHT = 260
_SCRIM = ((0, 0.9), (54, 0.76), (80, 0.1), (100, 0))
"""How much ink covers the art, by percent of the width, so that the text can be read before the brightest sky."""


def draw_share_picture(picture: SharePicture, platform: str) -> str:
    """Return the picture as an SVG document; `platform` is the name of this installation. It needs the font Manrope."""
    return document(LANDSCAPE, _draw(picture, platform), (WIDTH, HEIGHT))


def _draw(picture: SharePicture, platform: str) -> Iterator[str]:
    yield from draw_art(LANDSCAPE, picture.poster)
    ink = sky_at(picture.poster.starts_at).ink
    stops = (element("stop", offset=f"{at}%", stop_color=ink, stop_opacity=opacity) for at, opacity in _SCRIM)
    yield element("linearGradient", *stops, id="k")
    yield rectangle(0, 0, LANDSCAPE.width, LANDSCAPE.height, fill="url(#k)")
    size, lines = fit_title(picture.title)
    height = size * _LINE_HEIGHT
    first = 250 - height * (len(lines) - 1) / 2 + size * 0.24
    yield _text(platform, 62, 20, "#ffd48a")
    for number_of_line, line in enumerate(lines):
        yield _text(line, first + height * number_of_line, size, "#ffffff", weight=800)
    yield _text(picture.when, 420, 23, "#ffffff")
    yield _text(cut(picture.where, 23), 454, 23, "#d9d4e4")


def fit_title(title: str) -> tuple[int, list[str]]:
    """Return the largest size of the letters with which a title fits, and its lines; what is too long is cut."""
    for size in _SIZES:
        lines = _wrap(title, size, _TEXT_WIDTH)
        if len(lines) * size * _LINE_HEIGHT <= _MAX_TITLE_HEIGHT:
            return size, _balance(title, size, len(lines))
    size = _SIZES[-1]
    kept = _wrap(title, size, _TEXT_WIDTH)[: int(_MAX_TITLE_HEIGHT / size / _LINE_HEIGHT)]
    return size, [*kept[:-1], cut(f"{kept[-1]}…", size, always=True)]


def cut(text: str, size: float, *, always: bool = False) -> str:
    """Return a text of one line, with an ellipsis if it is too wide."""
    if estimate_width(text) * size <= _TEXT_WIDTH and not always:
        return text
    kept = text.rstrip("…")
    while kept and estimate_width(f"{kept}…") * size > _TEXT_WIDTH:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _balance(title: str, size: float, count: int) -> list[str]:
    """Return the title in so many lines that are about equally long: those of the least width."""
    wrapped = (_wrap(title, size, _TEXT_WIDTH * percent / 100) for percent in range(40, 101, 5))
    return next(lines for lines in wrapped if len(lines) == count)


def _wrap(title: str, size: float, width: float) -> list[str]:
    """Return the lines of a title that end at this width. Only a word that is wider than all of it is broken."""
    lines = [""]
    for word in _break_words(title, size):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or estimate_width(longer) * size <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _break_words(title: str, size: float) -> Iterator[str]:
    """Yield the words, in pieces if they are wider than a line: some scripts have no spaces."""
    for word in title.split():
        piece = ""
        for letter in word:
            if estimate_width(piece + letter) * size > _TEXT_WIDTH:
                yield piece
                piece = ""
            piece += letter
        yield piece


def estimate_width(text: str) -> float:
    """Return about how wide a text in Manrope ExtraBold is, in units of its size; rather too wide than too narrow."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter > "\u2e7f":
        return 1.05
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.98
    return 0.72 if letter.isupper() or letter.isdigit() else 0.62


def _text(text: str, y: float, size: float, fill: str, weight: int = 600) -> str:
    return element(
        "text",
        escape(text),
        x=_MARGIN,
        y=round(y),
        font_family="Manrope",
        font_size=size,
        font_weight=weight,
        fill=fill,
    )
