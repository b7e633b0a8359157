"""Starting and stopping the components that live as long as the process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol


class StartError(Exception):
    """The platform can't start. The message is one line that says why."""


class Lifecycle(Protocol):
    """A component to be started, stopped, or both. One that connects at its first use has an empty `start`."""

    @abstractmethod
    async def start(self) -> None:
        """Get ready to be used. Raises StartError."""

    @abstractmethod
    async def stop(self) -> None:
        """Finish work in progress and free all resources. Also called after a `start` that failed."""


@asynccontextmanager
async def lifespan(components: Iterable[Lifecycle]) -> AsyncIterator[None]:
    """Start the components in order, and stop them in reverse order at the end. Raises StartError."""
    async with AsyncExitStack() as stack:
        for component in components:
            stack.push_async_callback(component.stop)
            await component.start()
        yield
