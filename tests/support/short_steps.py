"""Steps that release and promote only a few at once, so that small tests reach the limits."""

from __future__ import annotations

import pytest


def limit_steps(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Let a step release this many expired holds, and promote as many waiting parties, at most."""
    for name in (
        "core.booking.model.HOLDS_AT_ONCE",
        "core.booking.model.PARTIES_AT_ONCE",
        "core.booking.allocation_step.HOLDS_AT_ONCE",
    ):
        monkeypatch.setattr(name, at_once)
