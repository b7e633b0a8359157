"""Random secrets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Secrets(Protocol):
    @abstractmethod
    def new(self) -> str:
        """Return a random URL-safe string of at least 256 bits."""
