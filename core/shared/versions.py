"""Which state of a thing somebody has seen: an edit that says so is refused when there is a newer one (C8)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NewType

from core.shared.errors import Stale

Version = NewType("Version", str)
"""Names one state of what can be edited of a thing. It tells nothing else: two are the same, or they are not."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def version_of(edited: datetime) -> Version:
    """The version of a thing that was last edited then."""
    return Version(f"{(edited - _EPOCH) // _TICK:x}")


def version_of_content(*parts: str) -> Version:
    """The version of a thing that consists of these."""
    return Version(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest())


def date_of_edit(now: datetime, before: datetime) -> datetime:
    """The date of an edit: now, but later than the one before, since it is the version, and clocks are set back."""
    return max(now, before + _TICK)


def must_be_expected(version: Version, expected: frozenset[Version] | None) -> None:
    """Raises Stale, unless it is one of those that are expected or nothing is.

    To be asked of what is locked: a version that was read before may be another by the time of the edit.
    """
    if expected is not None and version not in expected:
        raise Stale("This has been changed since you read it. Read it again, and decide anew.")
