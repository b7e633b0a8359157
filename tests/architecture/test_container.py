"""Wiring is not type-checked, so every provider is built under every profile."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from dependency_injector import providers

from container import Container
from core.shared.unit_of_work import UnitOfWork
from tests.support.settings import SETTINGS

PROFILES: dict[str, dict[str, Any]] = {
    "embedded": {"store": "postgres", "database_url": "postgresql+asyncpg://postgres@/nocturne?host=/run/nowhere"},
    "servers": {"store": "postgres", "database_url": "postgresql+asyncpg://user:word@db.example:5432/nocturne"},
    "several": {
        "store": "postgres",
        "database_url": "postgresql+asyncpg://user:word@db.example/nocturne",
        "shared": "redis",
        "delivery": "http",
    },
    "mailing": {"store": "memory", "database_url": "", "delivery": "smtp"},
    "memory": {"store": "memory", "database_url": ""},
}

NEEDS_MORE = {"saved_pages"}
"""What takes an argument that only its caller knows."""


@pytest.fixture(params=PROFILES)
def container(request: pytest.FixtureRequest) -> Container:
    container = Container()
    container.settings.from_dict(SETTINGS | PROFILES[request.param])
    return container


async def test_every_provider_gives_what_it_promises(container: Container) -> None:
    for name, provider in container.providers.items():
        if isinstance(provider, providers.Configuration):
            continue
        if name in {"engine", "listener"} and not container.settings.database_url():
            continue
        built = provider("somewhere") if name in NEEDS_MORE else provider()
        assert built is not None, name


async def test_every_field_of_the_use_cases_is_what_its_type_says(container: Container) -> None:
    use_cases = container.use_cases()
    groups = [getattr(use_cases, group.name) for group in fields(use_cases) if group.name != "clock"]
    for group in groups:
        for each in fields(group):
            value = getattr(group, each.name)
            assert is_dataclass(value), each.name
            assert type(value).__name__ == each.type


async def test_a_use_case_gets_a_new_unit_of_work_each_time(container: Container) -> None:
    new_uow = container.cancel_booking().new_uow
    one, other = new_uow(), new_uow()
    assert UnitOfWork in type(one).__mro__
    assert one is not other


@pytest.mark.parametrize("browser", ["auto", "on", "off"])
async def test_pages_come_as_the_settings_say(browser: str) -> None:
    container = Container()
    container.settings.from_dict(SETTINGS | {"scrape_browser": browser})
    kind = {"auto": "FallbackPageSource", "on": "BrowserPageSource", "off": "HttpPageSource"}[browser]
    assert type(container.pages()).__name__ == kind
