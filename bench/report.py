"""The figures as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio that must be at least `least` or at most `most`. `figures` shows how it was calculated."""

    name: str
    what: str
    ratio: float
    figures: str
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.least is None or self.ratio >= self.least) and (self.most is None or self.ratio <= self.most)

    @property
    def wanted(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


def p99(latencies: Iterable[float]) -> float:
    """Return the 99th percentile, in the unit of the latencies."""
    return quantiles(latencies, n=100, method="inclusive")[98]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def show(bars: Sequence[Bar]) -> None:
    table = Table("", "what", "figures", "ratio", "bar", "")
    for bar in bars:
        verdict = "[green]met[/]" if bar.is_met else "[red]missed[/]"
        table.add_row(bar.name, bar.what, bar.figures, f"{bar.ratio:.2f}", bar.wanted, verdict)
    Console().print(table)


def write(folder: Path, name: str, bars: Sequence[Bar], measured: Mapping[str, object]) -> Path:
    """Write the figures as JSON to a file named after the current time."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    file = folder / f"{now:%Y-%m-%dT%H%M%SZ}-{name}.json"
    shown = [asdict(bar) | {"is_met": bar.is_met} for bar in bars]
    file.write_text(json.dumps({"taken_at": now.isoformat(), "bars": shown, **measured}, indent=1) + "\n")
    return file
