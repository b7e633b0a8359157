"""A program that reads SVG and writes PNG."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import font_manrope
from resvg_py import svg_to_bytes

_FONTS = [str(Path(font_manrope.font_directory, f"Manrope-{weight}.ttf")) for weight in ("ExtraBold", "SemiBold")]


def main() -> None:
    """Paint with Manrope, and with the fonts of the system for scripts that it lacks."""
    os.nice(10)  # who waits for a page comes first
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(bytes(svg_to_bytes(svg_string=svg, font_files=_FONTS)))


if __name__ == "__main__":
    main()
