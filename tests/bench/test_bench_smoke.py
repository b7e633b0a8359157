"""The benchmarks still run. Their figures do not matter here, since other tests run at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


def run_bench(bench: str, *arguments: str, folder: Path, **settings: str) -> dict[str, Any]:
    """Run a benchmark to its end and return the figures it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{bench}", *arguments, "--results", str(folder)],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    [figures] = folder.glob("*.json")
    measured: dict[str, Any] = json.loads(figures.read_text())
    return measured


def test_booking_is_measured_and_every_response_counted(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    tiny = ["--seconds", "0.5", "--warm-up", "0.1", "--connections", "4", "--rounds", "1", "--bookings", "500"]
    measured = run_bench("booking", *tiny, "--picture", str(picture), folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["P1", "P2", "P3", *["P4"] * 2, *["P19"] * 3, *["P18"] * 3]
    assert all(bar["ratio"] > 0 for bar in measured["bars"])
    assert measured["durability"] == {"fsync": "on", "synchronous_commit": "on"}
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - we wrote it ourselves


def test_logging_in_is_measured_with_the_parameters_of_the_environment(tmp_path: Path) -> None:
    tiny = ["--seconds", "0.5", "--warm-up", "0.1", "--connections", "4", "--rounds", "1"]
    cheap = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_TIME_COST": "1"}
    measured = run_bench("accounts", *tiny, folder=tmp_path, **cheap)
    assert [bar["name"] for bar in measured["bars"]] == ["P7", "P7"]
    assert all(bar["ratio"] > 0 for bar in measured["bars"])
    assert measured["parameters"] == {**cheap, "ARGON2_PARALLELISM": "1"}


def test_notifications_are_measured_and_each_arrives_once(tmp_path: Path) -> None:
    measured = run_bench("notifications", "--messages", "50", "--rounds", "1", folder=tmp_path)
    [bar] = measured["bars"]
    assert (bar["name"], bar["ratio"] > 0) == ("P8", True)


def test_saved_searches_are_measured_and_each_match_is_sent_once(tmp_path: Path) -> None:
    measured = run_bench("alerts", "--searches", "2000", "--few", "1000", "--events", "10", folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["E1", "E1", "E1"]
    assert all(each["alerts"] > 0 and len(each["seconds"]) > 0 for each in measured["measured"])


def test_lists_and_searches_are_measured_beside_a_rival_and_under_a_flood(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    tiny = ["--sizes", "300", "--seconds", "0.2", "--warm-up", "0.1", "--connections", "2", "--flood", "2"]
    measured = run_bench("search", *tiny, "--rounds", "1", "--picture", str(picture), folder=tmp_path)
    bars = measured["bars"]
    assert {bar["name"] for bar in bars} == {"P5", "P6", "list", "event", "plain", "bookings", "flood"}
    assert all(bar["ratio"] > 0 for bar in bars)
    assert measured["sizes"] == [300]
    assert measured["flood"]["searches"]["200"] > 0
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - we wrote it ourselves


def test_live_updates_are_measured_and_every_watcher_gets_them(tmp_path: Path) -> None:
    tiny = ["--seconds", "0.5", "--warm-up", "0.1", "--connections", "4", "--watchers", "20", "--rounds", "1"]
    measured = run_bench("live", *tiny, folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["P14", "P14"]
    [round_] = measured["measured"]
    assert round_["messages"] > 0
    assert round_["ages"]["seen"] > 0


def test_figures_are_measured_and_equal_a_recount(tmp_path: Path) -> None:
    tiny = ["--bookings", "3000", "--events", "300", "--users", "200", "--rounds", "1"]
    measured = run_bench("analytics", *tiny, folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["P16", "P16", "P16"]
    assert all(bar["ratio"] > 0 for bar in measured["bars"])


def test_two_processes_are_measured_beside_one_and_every_booking_counted(tmp_path: Path) -> None:
    tiny = ["--seconds", "0.5", "--warm-up", "0.1", "--connections", "4", "--rounds", "1"]
    measured = run_bench("processes", *tiny, folder=tmp_path)
    [bar] = measured["bars"]
    assert (bar["name"], bar["ratio"] > 0) == ("P10", True)


def test_memory_is_measured_after_bookings_and_after_hours_of_traffic(tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    tiny = ["--bookings", "300", "--hours", "2", "--seconds", "0.5", "--connections", "4"]
    measured = run_bench("memory", *tiny, "--picture", str(picture), folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["P11", "P11"]
    assert len(measured["hours"]) == 2
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - we wrote it ourselves


def test_pages_are_measured_beside_the_api_and_in_a_browser(tmp_path: Path) -> None:
    tiny = ["--events", "300", "--seconds", "0.3", "--warm-up", "0.1", "--connections", "2", "--rounds", "1"]
    measured = run_bench("pages", *tiny, folder=tmp_path)
    assert {bar["name"] for bar in measured["bars"]} == {"P13"}
    assert all(visit["html"] > 0 for visits in measured["visits"].values() for visit in visits)


def test_growth_is_measured_alone(tmp_path: Path) -> None:
    measured = run_bench("booking.growth", "--bookings", "500", "--times", "5", folder=tmp_path)
    assert [bar["name"] for bar in measured["bars"]] == ["P18"] * 3
