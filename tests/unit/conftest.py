"""Fixtures that several unit tests use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.box_office import BoxOffice


@pytest.fixture
def office() -> BoxOffice:
    """All booking use cases, on a memory store at noon the day before most events."""
    from tests.support.box_office import box_office
    from tests.support.stores import memory_store

    return box_office(memory_store())


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings: no variables and no `.env`, except those the test makes."""
    from entrypoints.settings import Settings

    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
