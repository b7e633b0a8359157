"""A summary as JSON, in which a cache keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.analytics.model import DayCount, Places, Revenue, Summary, TopEvent, Totals, Week
from core.catalog.model import Origin
from core.shared.ids import EventId


def dump_summary(summary: Summary) -> bytes:
    """Return a summary as JSON, which `load_summary` reads."""
    return json.dumps(asdict(summary), default=str).encode()


def load_summary(content: bytes) -> Summary:
    """Return the summary that was dumped."""
    dumped = json.loads(content)
    return Summary(
        generated_at=datetime.fromisoformat(dumped["generated_at"]),
        totals=_load_totals(dumped["totals"]),
        top_events=tuple(TopEvent(**{**each, "id": EventId(UUID(each["id"]))}) for each in dumped["top_events"]),
        week=Week(**{name: _load_days(days) for name, days in dumped["week"].items()}),
    )


def _load_totals(dumped: Mapping[str, Any]) -> Totals:
    read = {
        "events_by_origin": {Origin(name): count for name, count in dumped["events_by_origin"].items()},
        "places": Places(**dumped["places"]),
        "revenue": tuple(Revenue(each["currency"], Decimal(each["amount"])) for each in dumped["revenue"]),
    }
    return Totals(**{**dumped, **read})


def _load_days(dumped: Iterable[Mapping[str, Any]]) -> tuple[DayCount, ...]:
    return tuple(DayCount(date.fromisoformat(each["day"]), each["count"]) for each in dumped)
