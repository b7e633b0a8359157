"""Captured pages of third parties, which are never in the repository but may be next to it."""

from __future__ import annotations

from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(),
    reason="captured third-party pages are not in the repository; the hand-made fixtures always run",
)
