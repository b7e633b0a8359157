"""Chance, as a port: what nobody can guess."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Secrets(Protocol):
    @abstractmethod
    def new(self) -> str:
        """A random string of at least 256 bits, safe in a URL."""
