"""Where the static files of the page of a linked booking are."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).with_name("static")
