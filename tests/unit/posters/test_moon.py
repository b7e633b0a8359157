"""The moon of a poster is the moon of that night."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.posters.moon import moon_phase
from adapters.posters.sky import lit_part


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (datetime(1999, 8, 11, 11, 8, tzinfo=UTC), 0),  # eclipses of the sun
        (datetime(2024, 4, 8, 18, 21, tzinfo=UTC), 0),
        (datetime(2026, 8, 12, 17, 37, tzinfo=UTC), 0),
        (datetime(2000, 1, 21, 4, 40, tzinfo=UTC), 180),  # eclipses of the moon
        (datetime(2025, 3, 14, 6, 55, tzinfo=UTC), 180),
        (datetime(2028, 12, 31, 16, 48, tzinfo=UTC), 180),
        (datetime(1992, 4, 12, tzinfo=UTC), 110.8),  # example 48.a of Meeus
    ],
)
def test_the_phase_is_the_one_of_that_date(moment: datetime, phase: float) -> None:
    difference = (moon_phase(moment) - phase + 180) % 360 - 180
    assert abs(difference) < 0.5


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_phase_is_an_angle_at_any_time(moment: datetime) -> None:
    assert 0 <= moon_phase(moment) < 360


def test_the_lit_part_has_the_shape_of_the_phase() -> None:
    crescent, gibbous, waning = lit_part(40, 45), lit_part(40, 135), lit_part(40, 315)
    assert crescent == "M0,-40A40 40 0 0 1 0,40A28.3 40 0 0 0 0,-40z"
    assert gibbous == "M0,-40A40 40 0 0 1 0,40A28.3 40 0 0 1 0,-40z"
    assert waning == "M0,-40A40 40 0 0 0 0,40A28.3 40 0 0 1 0,-40z"


def test_in_the_south_the_waxing_moon_is_lit_on_its_left() -> None:
    assert lit_part(40, 45, is_southern=True) == lit_part(40, 315)
