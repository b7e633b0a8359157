"""How PostgreSQL executes the statements that it is really sent: its own `auto_explain` reports each plan afterwards.

So nothing is sent twice or rewritten, and the plans are those of prepared statements too, which may be generic ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

LARGE_TABLES = frozenset(
    {
        "audit_log",
        "bookings",
        "events",
        "outbox",
        "payments",
        "pgqueuer",
        "sessions",
        "subscriptions",
        "tickets",
        "users",
    }
)
MAX_SCANNED = 15_000
"""Counting to the limit of a total may read the first rows of a table, if nearly all of them meet the conditions."""
MAX_READ = 45_000
"""Counting to the limit of a total, 10,001, of rows that are joined with others."""

_SETTINGS = {
    "log_min_duration": "0",
    "log_analyze": "on",
    "log_timing": "off",
    "log_format": "json",
    "log_level": "notice",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one statement, with what each of its nodes has really read."""

    statement: str
    root: dict[str, Any]

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Yield every node of the plan, including those of subqueries."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.get("Plans", ()))

    def rows_read(self) -> int:
        """Return how many rows of tables were read, whether or not they met the conditions."""
        return sum(_rows(node) for node in self.nodes() if "Relation Name" in node)

    def large_scans(self) -> list[str]:
        """Return the large tables that were read by a sequential scan, unless a limit ended it soon."""
        return [
            node["Relation Name"]
            for node in self.nodes()
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE_TABLES and _rows(node) > MAX_SCANNED
        ]


def _rows(node: Mapping[str, Any]) -> int:
    removed = (node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return int((node["Actual Rows"] + sum(removed)) * node["Actual Loops"])


@dataclass(frozen=True, slots=True)
class PlanRecorder:
    """Collects the plans of every statement of an engine's new connections."""

    plans: list[Plan] = field(default_factory=list)

    def wasteful(self, max_read: int = MAX_READ) -> Iterator[str]:
        """Yield the statements that read too many rows, or a large table from its beginning, with what they read."""
        for plan in self.plans:
            if (scanned := plan.large_scans()) or plan.rows_read() > max_read:
                yield f"{plan.rows_read()} rows, {scanned}: {plan.statement}"

    def listen(self, engine: AsyncEngine) -> None:
        """Record from now on. The engine must not have connected yet."""
        event.listen(engine.sync_engine, "connect", self._prepare)

    def _prepare(self, connection: Any, _: object) -> None:
        connection.run_async(self._explain)

    async def _explain(self, connection: Any) -> None:
        connection.add_log_listener(self._record)
        await connection.execute("LOAD 'auto_explain'")
        for name, value in _SETTINGS.items():
            await connection.execute(f"SET auto_explain.{name} = {value}")

    def _record(self, _: object, notice: Any) -> None:
        _, found, explained = notice.message.partition("plan:\n")
        if found:
            plan = json.loads(explained)
            self.plans.append(Plan(plan["Query Text"], plan["Plan"]))
