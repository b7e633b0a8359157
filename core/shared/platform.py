"""What the platform is called."""

from __future__ import annotations

PLATFORM_NAME = "Nocturne"
