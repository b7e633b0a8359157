"""UUIDv7 (RFC 9562) from uuid-utils; the standard library has them from Python 3.14 on."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

from core.shared.ids import IdGenerator


class TimeOrderedIds(IdGenerator):
    def new(self) -> UUID:
        return uuid7()
