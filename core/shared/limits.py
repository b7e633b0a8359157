"""Rate limits."""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

_RATE = re.compile(r"([1-9][0-9]{0,8}) ?/ ?(second|minute|hour|day)", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` requests per key in `window` seconds. The name, a slug, identifies the limit."""

    name: str
    amount: int
    window: int

    @classmethod
    def parse(cls, name: str, rate: str) -> Limit:
        """Return the limit described by a rate such as `5/minute`. Raises ValueError."""
        found = _RATE.fullmatch(rate.strip())
        if found is None:
            raise ValueError("should be like 5/minute: how many, and in a second, minute, hour or day")
        return cls(name, int(found[1]), _SECONDS[found[2].lower()])


@dataclass(frozen=True, slots=True)
class LimitResult:
    """Whether one request is within its limit, how many more are left, and when there will be more.

    `reset` is in whole seconds, at least one: after that time one request more than `left` is allowed.
    """

    limit: Limit
    allowed: bool
    left: int
    reset: int

    @classmethod
    def of(cls, limit: Limit, *, allowed: bool, left: int, seconds: float) -> LimitResult:
        """Return the result for a sliding window that ends in so many seconds; 0 means it has just started."""
        reset = math.ceil(seconds) if seconds > 0 else limit.window
        # The window moves between counting and reading what is left: a refusal must not report any.
        return cls(limit, allowed, left if allowed else 0, reset)


class Limiter(Protocol):
    """Counts requests against limits."""

    @abstractmethod
    async def count(self, limit: Limit, key: str) -> LimitResult:
        """Count one request for the limit and key, atomically: concurrent requests never exceed the limit.

        A request beyond the limit is not counted, so a client that keeps trying is admitted again like any other. The
        window slides, so nobody gets twice the amount around the end of one. Always answers quickly: if the shared
        counters are lost, the limit is still enforced.
        """
