"""Pages as third parties fetch_all them, which may lie beside the project and are never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(),
    reason="third-party pages are not kept in the repository: hand-made fixtures of the same shape are read in every "
    "run, and this test reads the captured pages as well where they lie beside the project",
)
