"""The whole demo programme."""

from __future__ import annotations

from entrypoints.demo_programme import berlin, lisbon, london, new_york

NIGHTS = (*berlin.NIGHTS, *london.NIGHTS, *lisbon.NIGHTS, *new_york.NIGHTS)
HALLS = tuple(dict.fromkeys(night.hall for night in NIGHTS))
