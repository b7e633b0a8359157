"""Time zones have the same rules on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from core.shared.timezones import TIME_ZONES, zone_of

ROOT = Path(__file__).resolve().parents[3]
PRINT_EVENING = """
from datetime import UTC, datetime
from core.shared.timezones import TIME_ZONES, zone_of
print(len(TIME_ZONES), datetime(2026, 12, 10, 19, tzinfo=zone_of("America/Vancouver")).astimezone(UTC))
"""


def test_vancouver_keeps_its_summer_time_since_2026() -> None:
    evening = datetime(2026, 12, 10, 19, tzinfo=zone_of("America/Vancouver"))
    assert evening.astimezone(UTC) == datetime(2026, 12, 11, 2, tzinfo=UTC)


def test_the_rules_of_the_system_are_never_used(tmp_path: Path) -> None:
    older = tmp_path / "America" / "Vancouver"
    older.parent.mkdir()
    older.write_bytes(resources.files("tzdata").joinpath("zoneinfo", "Etc", "GMT+8").read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", PRINT_EVENING],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{len(TIME_ZONES)} 2026-12-11 02:00:00+00:00\n"


def test_an_unknown_zone_is_shown_as_utc() -> None:
    assert zone_of("Mars/Olympus").key == "UTC"
    assert not {"Factory", "localtime", "posixrules"} & TIME_ZONES
