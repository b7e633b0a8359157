"""What several unit tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrypoints.settings import Settings
from tests.support.box_office import BoxOffice, box_office
from tests.support.stores import memory_store


@pytest.fixture
def office() -> BoxOffice:
    """Every use case of booking, on a memory store at noon the day before most events."""
    return box_office(memory_store())


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variables nor a `.env`, but for those a test makes."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
