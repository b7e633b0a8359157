"""The whole API on the memory store, as in tests/api, for tests that attack it."""

from __future__ import annotations

from tests.support.api_fixtures import api, make_api

__all__ = ["api", "make_api"]
