"""How long the texts of an event may be, in characters: of those that people write and of those gathered."""

from __future__ import annotations

TEXT_LIMITS = {"name": 200, "description": 20_000, "category": 60, "venue": 200, "city": 100, "country": 100}
MAX_TAGS, MAX_TAG_LENGTH = 20, 50
