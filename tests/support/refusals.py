"""What a contract test expects when a use case refuses a call."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from core.shared.errors import Refusal

NO_MOMENTS = ["x", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-11-20T12:00:00"]
"""Keys of forged cursors: values that are not times, or times that cannot be expressed in UTC."""


async def refused(call: Awaitable[object], refusal: type[Refusal]) -> Refusal:
    """Return the refusal that the call must raise."""
    with pytest.raises(refusal) as raised:
        await call
    return raised.value
