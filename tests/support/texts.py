"""Texts that are easily treated wrongly."""

from __future__ import annotations

UNSEEN = (" ", "\u200b", "\u3164", "\ufeff", "\u2800", "\u00ad", "\u2060\u200d", "\uffa0", "\u0301", "\U000e0041")
"""Texts that show nothing: spaces, characters without width, fillers, blank symbols and marks without a letter."""

SAME_NAMES = (
    ("Café Zoë", "Cafe\u0301 Zoe\u0308"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("Main Hall", "Main  Hall"),
    ("Main Hall", "main\u00a0hall"),
    ("Main Hall", "\uff2d\uff41\uff49\uff4e\u3000\uff28\uff41\uff4c\uff4c"),
    ("Main Hall", "Main\u200b Hall"),
    ("Große Halle", "GROSSE HALLE"),
)
"""Pairs of names that people read as the same."""
