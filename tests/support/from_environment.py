"""Settings as a process reads them."""

from __future__ import annotations

import pytest

from entrypoints.settings import Settings, SettingsError, load_settings


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(monkeypatch, **variables)
    assert "\n" not in str(error.value)
    return str(error.value)
