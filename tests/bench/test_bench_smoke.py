"""The benchmarks still run. What they measure is no matter here: the machine is busy with other tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


def test_booking_is_measured_and_every_answer_accounted_for(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    tiny = ["--seconds", "0.3", "--warm-up", "0.1", "--connections", "4", "--rounds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.booking", *tiny, "--results", str(tmp_path), "--picture", str(picture)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    [figures] = tmp_path.glob("*.json")
    measured = json.loads(figures.read_text())
    assert [bar["name"] for bar in measured["bars"]] == ["P1", "P2", "P3", "P4", "P4"]
    assert all(bar["ratio"] > 0 for bar in measured["bars"])
    assert measured["durability"] == {"fsync": "on", "synchronous_commit": "on"}
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - of our own making
