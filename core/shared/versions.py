"""Versions: an edit is refused if the thing was changed since the client read it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NewType

from core.shared.errors import Stale

Version = NewType("Version", str)
"""Identifies one state of a thing's editable fields. Versions are only compared for equality."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def version_of(edited: datetime) -> Version:
    """Return the version of a thing that was last edited at this time."""
    return Version(f"{(edited - _EPOCH) // _TICK:x}")


def version_of_content(*parts: str) -> Version:
    """Return the version of a thing with this content."""
    return Version(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest())


def date_of_edit(now: datetime, before: datetime) -> datetime:
    """Return the time of an edit: now, but always after the previous one, even if the clock was set back."""
    return max(now, before + _TICK)


def must_be_expected(version: Version, expected: frozenset[Version] | None) -> None:
    """Raise Stale unless the version is among the expected ones. `expected` None accepts any.

    The thing must be locked, or its version may change before the edit.
    """
    if expected is not None and version not in expected:
        raise Stale("This was changed since you read it. Read it again and repeat your change.")
