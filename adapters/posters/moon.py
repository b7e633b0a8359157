"""The phase of the moon.

After Jean Meeus, Astronomical Algorithms (2nd edition, 1998): the mean elongation and anomalies of chapter 47, and the
phase angle of chapter 48 with its largest periodic terms. It is right within half a degree, which the moon moves in an
hour; counting synodic months of 29.53 days from one new moon would be up to 14 hours off.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import radians, sin

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_CENTURY_SECONDS = 36525 * 24 * 60 * 60


def moon_phase(moment: datetime) -> float:
    """Return the phase in degrees: 0 is new, 90 the first quarter, 180 full, 270 the last quarter."""
    t = (moment - _J2000).total_seconds() / _CENTURY_SECONDS
    elongation = radians((297.8501921 + 445267.1114034 * t) % 360)
    sun = radians((357.5291092 + 35999.0502909 * t) % 360)
    moon = radians((134.9633964 + 477198.8675055 * t) % 360)
    correction = (
        6.289 * sin(moon)
        - 2.100 * sin(sun)
        + 1.274 * sin(2 * elongation - moon)
        + 0.658 * sin(2 * elongation)
        + 0.214 * sin(2 * moon)
        + 0.110 * sin(elongation)
    )
    return (297.8501921 + 445267.1114034 * t + correction) % 360
