"""The signal to stop."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class StopSignal(Protocol):
    """Set when the process should stop."""

    @abstractmethod
    def is_set(self) -> bool: ...

    @abstractmethod
    async def wait(self) -> object: ...
