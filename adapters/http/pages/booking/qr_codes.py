"""QR codes as pictures within pages."""

from __future__ import annotations

import segno
from markupsafe import Markup

QUIET_ZONE = 4
"""The white edge that scanners need, in modules (ISO/IEC 18004)."""


def draw_qr_code(text: str) -> Markup:
    """Return a QR code as an SVG element, black on white in every theme, that is as large as its surroundings."""
    drawn = segno.make_qr(text, error="m").svg_inline(
        border=QUIET_ZONE, light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - drawn by segno, which puts no part of the text into it
