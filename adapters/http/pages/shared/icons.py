"""Icons, all in one SVG file that pages refer to (`lucide`, ISC licence)."""

from __future__ import annotations

import re
from functools import lru_cache

from lucide.jinja import lucide
from markupsafe import Markup

SPRITE = "icons.svg"

NAMES = (
    *("arrow-left", "arrow-right", "bell", "calendar", "calendar-days", "calendar-plus", "camera", "check"),
    *("chevron-down", "chevron-left", "chevron-right", "circle-alert", "circle-check", "clock"),
    *(
        "download",
        "external-link",
        "grip-vertical",
        "image-plus",
        "info",
        "key-round",
        "layout-grid",
        "list",
        "log-out",
    ),
    *("mail", "map-pin", "minus", "moon", "navigation", "pencil", "plus", "printer", "qr-code"),
    *("refresh-cw", "rss", "scan-line", "search", "share-2", "shield", "sliders-horizontal"),
    *("ticket", "trash-2", "triangle-alert", "undo-2", "user", "users", "x"),
)

_OUTER = re.compile(r"</?svg[^>]*>")


def draw_sprite() -> str:
    """Return a file with a symbol for each icon, drawn in a box of 24 by 24."""
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(map(_symbol, NAMES))}</svg>'


@lru_cache(maxsize=512)
def icon(sprite_url: str, name: str, label: str | None = None) -> Markup:
    """Return an icon as wide as a letter is high. Without a label it is an ornament. Raises KeyError."""
    if name not in NAMES:
        raise KeyError(f"add the icon {name!r} to the list of icons")
    use = Markup('<use href="{}#{}"></use>').format(sprite_url, name)
    if label is None:
        return Markup('<svg class="icon" aria-hidden="true">{}</svg>').format(use)
    return Markup('<svg class="icon" role="img" aria-label="{}">{}</svg>').format(label, use)


def _symbol(name: str) -> str:
    drawn = _OUTER.sub("", str(lucide(name))).strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
    )
