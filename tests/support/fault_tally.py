"""How often each fault was tried, what was lost, and how long the platform was gone: what `make faults` reports."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from statistics import median

IS_FULL = os.environ.get("NOCTURNE_FAULTS") == "full"


def rounds(*, small: int, full: int) -> range:
    """Return the numbers of the rounds of a test, of which `make faults` takes more."""
    return range(full if IS_FULL else small)


@dataclass(slots=True)
class _Sum:
    times: int = 0
    requests: int = 0
    retried: int = 0
    lost: int = 0
    back_after: list[float] = field(default_factory=list)


@dataclass(slots=True)
class FaultTally:
    """Sums by fault, in the order in which they were tried first."""

    sums: dict[str, _Sum] = field(default_factory=dict)

    def add(
        self, fault: str, *, requests: int, retried: int = 0, lost: int = 0, back_after: float | None = None
    ) -> None:
        """Count one try. `back_after` is the seconds until the platform answered again, if it was gone."""
        found = self.sums.setdefault(fault, _Sum())
        found.times += 1
        found.requests += requests
        found.retried += retried
        found.lost += lost
        if retried and back_after is not None:
            found.back_after.append(back_after)

    def lines(self) -> list[str]:
        """Return the report as a table in Markdown."""
        rows = ["| fault | times | requests | sent again | lost | back after, median | at most |"]
        rows.append("|---|---|---|---|---|---|---|")
        for fault, each in self.sums.items():
            back = (
                (f"{median(each.back_after):.1f} s", f"{max(each.back_after):.1f} s") if each.back_after else ("", "")
            )
            cells = (fault, each.times, each.requests, each.retried, each.lost, *back)
            rows.append("| " + " | ".join(map(str, cells)) + " |")
        return rows
