"""How often something may be asked for, as a port."""

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
    """At most `amount` requests in `window` seconds, for each key. The name, a slug, tells one limit from another."""

    name: str
    amount: int
    window: int

    @classmethod
    def parse(cls, name: str, rate: str) -> Limit:
        """The limit that `5/minute` stands for. Raises ValueError."""
        found = _RATE.fullmatch(rate.strip())
        if found is None:
            raise ValueError("should be like 5/minute: how many, and in a second, minute, hour or day")
        return cls(name, int(found[1]), _SECONDS[found[2].lower()])


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of one request: whether it is within its limit, how many more are, and when there will be more.

    `reset` is in whole seconds, at least one: after so many, one request more than `left` is within the limit.
    """

    limit: Limit
    allowed: bool
    left: int
    reset: int

    @classmethod
    def of(cls, limit: Limit, *, allowed: bool, left: int, seconds: float) -> Counted:
        """From what a sliding window tells; 0 seconds is a window that has just begun."""
        reset = math.ceil(seconds) if seconds > 0 else limit.window
        # The window moves on between counting and asking what is left: a refusal must not speak of places.
        return cls(limit, allowed, left if allowed else 0, reset)


class Limiter(Protocol):
    """Counts requests."""

    @abstractmethod
    async def count(self, limit: Limit, key: str) -> Counted:
        """Count one request under the limit and the key, atomically: of many at once, no more than are left get in.

        A request beyond the limit is not counted, so that whoever keeps asking is let in again at the same pace as
        others. What is counted fades as the window moves on; nobody gets twice the amount where one window ends
        and the next begins. Always answers, and soon: what the count is kept in may be lost, but not the limit.
        """
