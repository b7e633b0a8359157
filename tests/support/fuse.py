"""Simulates that a process is killed between any two steps."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from core.shared.unit_of_work import UnitOfWork


class ProcessEnded(BaseException):
    """The simulated end of the process; not caught by `except Exception`."""


@dataclass
class Fuse:
    """Counts down with every step and ends the process at zero."""

    steps: int

    def burn(self) -> None:
        if self.steps == 0:
            raise ProcessEnded
        self.steps -= 1


class FusedUnit:
    """Wraps any unit of work. The process may end right before and right after its commit."""

    def __init__(self, unit: UnitOfWork, fuse: Fuse) -> None:
        self._unit, self._fuse = unit, fuse

    def __getattr__(self, repository: str) -> Any:
        return getattr(self._unit, repository)

    async def __aenter__(self) -> Self:
        await self._unit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._unit.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        self._fuse.burn()
        await self._unit.commit()
        self._fuse.burn()
