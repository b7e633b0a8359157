"""The queues of jobs, of which a worker may run some."""

from __future__ import annotations

from enum import StrEnum

from core.shared.lifecycle import StartError


class Queue(StrEnum):
    """Tasks of similar duration and urgency. A worker can be limited to some queues."""

    ACCOUNTS = "accounts"
    ALERTS = "alerts"
    BOOKING = "booking"
    DISCOVERY = "discovery"
    HOUSEKEEPING = "housekeeping"
    PICTURES = "pictures"


ALL_QUEUES = frozenset(Queue)


def parse_queues(names: str) -> frozenset[Queue]:
    """Return the queues of a list such as `alerts,discovery`; all if it is empty. Raises StartError."""
    try:
        queues = frozenset(Queue(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as error:
        raise StartError(f"{str(error).split(' is ')[0]} is not a queue. The queues are {', '.join(Queue)}.") from error
    return queues or ALL_QUEUES
