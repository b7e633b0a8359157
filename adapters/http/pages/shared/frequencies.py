"""How often alerts come, in words."""

from __future__ import annotations

from collections.abc import Mapping

from core.alerts.model import Frequency

FREQUENCY_WORDS: Mapping[str, str] = {
    Frequency.INSTANT.value: "At once",
    Frequency.DAILY.value: "Every morning at 8",
    Frequency.WEEKLY.value: "On Monday mornings at 8",
}
"""What people call the values of `Frequency`, in the order in which forms offer them."""
