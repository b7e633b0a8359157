"""Being told to stop."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class StopSignal(Protocol):
    """Set when it is time to end."""

    @abstractmethod
    def is_set(self) -> bool: ...

    @abstractmethod
    async def wait(self) -> object: ...
