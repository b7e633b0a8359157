"""Parsing limits, and the result of a count."""

from __future__ import annotations

import pytest

from core.shared.limits import Limit, LimitResult

LIMIT = Limit("login", 5, 60)


@pytest.mark.parametrize(
    ("rate", "amount", "window"),
    [("5/minute", 5, 60), ("1/second", 1, 1), ("100 / hour", 100, 3600), (" 7/DAY ", 7, 86400)],
)
def test_a_rate_is_a_number_and_a_unit(rate: str, amount: int, window: int) -> None:
    assert Limit.parse("login", rate) == Limit("login", amount, window)


@pytest.mark.parametrize(
    "rate", ["", "5", "/minute", "0/minute", "-1/minute", "5/week", "5/minutes!", "1.5/hour", "five/day"]
)
def test_an_invalid_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="should be like 5/minute"):
        Limit.parse("login", rate)


@pytest.mark.parametrize(("seconds", "reset"), [(0.001, 1), (1.0, 1), (1.2, 2), (60.0, 60), (0.0, 60), (-0.001, 60)])
def test_seconds_are_rounded_up(seconds: float, reset: int) -> None:
    assert LimitResult.of(LIMIT, allowed=True, left=3, seconds=seconds) == LimitResult(LIMIT, True, 3, reset)


def test_a_refusal_reports_nothing_left_even_if_the_window_moved() -> None:
    assert LimitResult.of(LIMIT, allowed=False, left=1, seconds=5).left == 0
