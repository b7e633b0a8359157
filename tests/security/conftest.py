"""The whole API over HTTP, as in tests/api, for those who are up to no good."""

from __future__ import annotations

from tests.api.conftest import api, make_api

__all__ = ["api", "make_api"]
