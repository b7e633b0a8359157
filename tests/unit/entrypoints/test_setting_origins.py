"""Where settings come from, how they are shown, and which names are misspelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrypoints.setting_origins import Origin, UnknownSetting, find_origins, find_unknown_settings, show_settings
from entrypoints.settings import Settings
from tests.support.from_environment import load

pytestmark = pytest.mark.usefixtures("nothing_set")


def test_a_misspelt_name_in_the_file_is_found_with_the_nearest_setting() -> None:
    Path(".env").write_text("LOGLEVEL=debug\nPORT=8001\nFAVOURITE_COLOUR=blue\n")
    assert find_unknown_settings() == [
        UnknownSetting("LOGLEVEL", Origin.FILE, "LOG_LEVEL"),
        UnknownSetting("FAVOURITE_COLOUR", Origin.FILE, None),
    ]


def test_a_misspelt_name_in_the_environment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABSE_URL", "postgresql://db.example/nocturne")
    assert find_unknown_settings() == [UnknownSetting("DATABSE_URL", Origin.ENVIRONMENT, "DATABASE_URL")]


@pytest.mark.parametrize("name", ["HOSTNAME", "XDG_DATA_DIRS", "PYTHONPATH", "SUPPORT", "PGPASSWORD"])
def test_other_names_in_the_environment_are_not_reported(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert find_unknown_settings() == []


def test_names_of_docker_compose_in_the_file_are_not_reported() -> None:
    Path(".env").write_text(
        "POSTGRES_PASSWORD=word\nHTTP_PORT=80\nSITE_ADDRESS=a.example\nCOMPOSE_PROJECT_NAME=tickets\n"
    )
    assert find_unknown_settings() == []


def test_the_origin_of_each_setting_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HOST=::1\nPORT=8001\nLOG_LEVEL=debug\nCLEANUP_SCHEDULE=\n")
    monkeypatch.setenv("PORT", "8002")
    monkeypatch.setenv("LOG_LEVEL", "")
    origins = find_origins()
    names = ("PORT", "HOST", "LOG_LEVEL", "CLEANUP_SCHEDULE", "DEMO")
    assert [origins[name] for name in names] == [
        Origin.ENVIRONMENT,
        Origin.FILE,
        Origin.DEFAULT,
        Origin.FILE,
        Origin.DEFAULT,
    ]


def test_settings_are_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        DATABASE_URL="postgresql://nocturne:hidden@db.example/nocturne?password=hidden&ssl=require",
        JWT_SECRET="hidden" * 8,
        JWT_SECRET_PREVIOUS="hidden, too" * 8,
        REDIS_URL="redis://:hidden@redis.example",
        NOTIFICATION_SERVICE_URL="https://notify.example/hidden",
        NOTIFICATION_TOKEN="hidden",
        METRICS_TOKEN="hidden",
        RATE_LIMITS="off",
        CORS_ORIGIN="https://a.example,https://b.example",
    )
    lines = list(show_settings(settings))
    assert not any("hidden" in line for line in lines)
    assert "JWT_SECRET=***  # environment" in lines
    assert "RATE_LIMITS=off  # environment" in lines
    assert "CORS_ORIGIN=https://a.example,https://b.example  # environment" in lines
    assert "PORT=8000  # default" in lines


def test_every_setting_is_shown() -> None:
    shown = [line.partition("=")[0].lower() for line in show_settings(Settings())]
    assert sorted(shown) == sorted(Settings.model_fields)
