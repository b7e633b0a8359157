"""Store the generated catalog: several processes generate events, this one passes them on to the database."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.catalog.loading import EncodedEvents, encode_events, find_event_ids, load_events
from adapters.postgres.shared.engine import without_timeouts
from core.shared.ids import UserId
from entrypoints.demo_catalog.generator import SOURCE_ID_PREFIX, CatalogGenerator, generated_number

BATCH_SIZE = 2_000
ONE_PROCESS = 10_000
"""So few events are generated sooner than other processes are started."""


async def load_catalog(
    engine: AsyncEngine, generator: CatalogGenerator, organizer_id: UserId, count: int, report: Callable[[int], None]
) -> int:
    """Store those of the first `count` events that are missing, and return how many they were.

    `report` is called with the number of events stored so far.
    """
    known = map(generated_number, await find_event_ids(engine, [organizer_id], SOURCE_ID_PREFIX))
    missing = sorted(set(range(count)).difference(known))
    if missing:
        with _executor(len(missing)) as executor:
            async with without_timeouts(engine) as unhindered:
                await load_events(unhindered, _generate(executor, generator, missing), report)
    return len(missing)


async def _generate(
    executor: Executor | None, generator: CatalogGenerator, numbers: Sequence[int]
) -> AsyncIterator[EncodedEvents]:
    """Yield the events in batches, in order. A few batches are generated ahead of what the database has taken."""
    loop = asyncio.get_running_loop()
    batches = _batches(numbers)

    def start(some: Sequence[int]) -> asyncio.Future[EncodedEvents]:
        return loop.run_in_executor(executor, _encode, generator, some)

    ahead = deque(map(start, islice(batches, 2 * (os.cpu_count() or 1))))
    while ahead:
        batch = await ahead.popleft()
        ahead.extend(map(start, islice(batches, 1)))
        yield batch


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[first : first + BATCH_SIZE] for first in range(0, len(numbers), BATCH_SIZE))


def _encode(generator: CatalogGenerator, numbers: Sequence[int]) -> EncodedEvents:
    return encode_events([generator.event(number) for number in numbers], generator.now)


@contextmanager
def _executor(count: int) -> Iterator[Executor | None]:
    """Yield processes for so many events, or None for this process's default executor if they are few."""
    if count <= ONE_PROCESS:
        yield None
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
