"""The names of the metrics, and that the dashboard, the alerts and the documentation know them (J3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.metrics.prometheus import PrometheusMetrics

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text())
DOCUMENTATION = (ROOT / "docs" / "observability.md").read_text()

NOT_SHOWN = {"process_virtual_memory_bytes"}
"""Metrics of every Prometheus client that say little."""

METRIC = re.compile(r"\b(?:nocturne|process)_[a-z_]+")

KINDS = dict(re.findall(r"^# TYPE (\S+) (\S+)$", PrometheusMetrics().render()[0].decode(), re.MULTILINE))
HELP = dict(re.findall(r"^# HELP (\S+) (.+)$", PrometheusMetrics().render()[0].decode(), re.MULTILINE))


def base_name(series: str) -> str:
    """Return the metric of a series: histograms have three."""
    name = re.sub(r"_(bucket|sum|count)$", "", series)
    return name if KINDS.get(name) == "histogram" else series


def metrics_in(text: str) -> set[str]:
    return set(map(base_name, METRIC.findall(text)))


def panels() -> Iterator[dict[str, Any]]:
    return (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


@pytest.mark.parametrize("name", KINDS)
def test_a_metric_is_named_as_prometheus_recommends(name: str) -> None:
    """https://prometheus.io/docs/practices/naming/ and what `promtool check metrics` complains about."""
    kind = KINDS[name]
    assert re.fullmatch(r"(nocturne|process)(_[a-z]+)+", name)
    assert HELP[name].endswith(".")
    assert name.endswith("_total") == (kind == "counter")
    assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent|counter|gauge|histogram|summary)\b", name)
    assert not name.endswith(("_count", "_sum", "_bucket"))
    assert not re.search(r"_(time|duration|age|lag|memory)$", name)  # without its unit


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    asked = set().union(*map(metrics_in, expressions()))
    assert asked <= KINDS.keys()


def test_the_dashboard_shows_every_metric() -> None:
    assert set().union(*map(metrics_in, expressions())) == KINDS.keys() - NOT_SHOWN


def test_histograms_are_queried_by_their_series_and_counters_by_their_rate() -> None:
    for expression in expressions():
        for series in METRIC.findall(expression):
            name = base_name(series)
            assert (KINDS[name] == "histogram") == (series != name), expression
            if KINDS[name] in ("counter", "histogram"):
                assert re.search(rf"rate\({series}\{{", expression), expression


def test_every_panel_says_what_it_shows_and_uses_the_chosen_data_source() -> None:
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "job"]
    for panel in panels():
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert all(each["datasource"]["uid"] == "${datasource}" for each in (panel, *panel["targets"]))
        assert all('job=~"$job"' in target["expr"] for target in panel["targets"])


def test_panels_do_not_overlap() -> None:
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(0 <= x < 24 for x, _ in cells)


def test_the_documentation_lists_every_metric_and_no_other() -> None:
    assert metrics_in(DOCUMENTATION) == KINDS.keys()
