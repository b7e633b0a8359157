"""Every provider is built under every profile, since wiring is not type-checked; and the rules of `Wiring`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers

from adapters.dependency_injection.wiring import Wiring, WiringError
from adapters.memory.shared.system import SetClock
from container import Container
from core.shared.clock import Clock
from core.shared.unit_of_work import UnitOfWork
from tests.support.builders import NOW
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
"""Providers with an argument that only the caller knows."""

POSTGRES_ONLY = {
    "engine",
    "existing_database",
    "list_connections",
    "listener",
    "new_connection",
    "postgres_batcher",
    "postgres_scheduler",
    "search_connections",
}


@pytest.fixture(params=PROFILES)
def container(request: pytest.FixtureRequest) -> Container:
    container = Container()
    container.settings.from_dict(SETTINGS | PROFILES[request.param])
    return container


async def test_every_provider_builds_under_every_profile(container: Container) -> None:
    for name, provider in container.providers.items():
        if isinstance(provider, providers.Configuration):
            continue
        if name in POSTGRES_ONLY and not container.settings.database_url():
            continue
        built = provider("somewhere") if name in NEEDS_MORE else provider()
        assert built is not None, name


async def test_every_use_case_of_http_has_the_type_of_its_field(container: Container) -> None:
    use_cases = container.use_cases()
    groups = [getattr(use_cases, group.name) for group in fields(use_cases) if group.name != "clock"]
    for group in groups:
        for each in fields(group):
            value = getattr(group, each.name)
            assert is_dataclass(value), each.name
            assert type(value).__name__ == each.type


async def test_a_use_case_gets_a_new_unit_of_work_each_time(container: Container) -> None:
    new_uow = container.use_cases().booking.cancel.new_uow
    one, other = new_uow(), new_uow()
    assert UnitOfWork in type(one).__mro__
    assert one is not other


@pytest.mark.parametrize("browser", ["auto", "on", "off"])
async def test_the_settings_choose_how_pages_are_fetched(browser: str) -> None:
    container = Container()
    container.settings.from_dict(SETTINGS | {"scrape_browser": browser})
    kind = {"auto": "FallbackPageSource", "on": "BrowserPageSource", "off": "HttpPageSource"}[browser]
    assert type(container.pages()).__name__ == kind


async def test_components_start_in_an_order_that_puts_the_database_first(container: Container) -> None:
    names = [type(each).__name__ for each in container.components()]
    expected = {
        "postgres": ["Database", "Bulkhead", "Bulkhead", "PostgresScheduler"],
        "memory": [],
    }[container.settings.store()]
    assert names[: len(expected)] == expected
    assert names[-3:] == ["WebhookSender", "Argon2Hasher", "LoopLag"]
    assert ("RedisPool" in names) == (container.settings.shared() == "redis")
    assert {"HttpServiceSender": "http", "SmtpSender": "smtp"}.get(names[-4] if len(names) > 3 else "", "log") == (
        container.settings.delivery()
    )


async def test_checks_follow_the_profile(container: Container) -> None:
    stored = container.settings.store() == "postgres"
    assert set(container.required_checks()) == ({"database", "jobs"} if stored else set())
    redis = {"redis"} if container.settings.shared() == "redis" else set()
    assert set(container.optional_checks()) == {"storage", *redis}


@dataclass(frozen=True, slots=True)
class Inner:
    clock: Clock
    length: timedelta
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    new_clock: Callable[[], Clock]


CLOCK = providers.Factory(SetClock, NOW)


def test_wiring_follows_the_types_of_the_fields() -> None:
    wiring = Wiring({Clock: CLOCK}, {(Inner, "length"): timedelta(1)})
    outer = wiring.provide(Outer)()
    wiring.check_values_used()
    assert isinstance(outer.inner.clock, SetClock)
    assert (outer.inner.length, outer.inner.limit) == (timedelta(1), 5)
    assert isinstance(outer.new_clock(), SetClock)
    assert outer.new_clock() is not outer.new_clock()


def test_a_value_takes_precedence_over_a_default_and_over_a_port() -> None:
    clock = SetClock(NOW)
    wiring = Wiring({Clock: CLOCK}, {(Inner, "length"): timedelta(1), (Inner, "limit"): 7, (Inner, "clock"): clock})
    inner = wiring.provide(Inner)()
    assert inner.limit == 7
    assert inner.clock is clock


def test_a_field_without_port_or_value_is_an_error_that_names_both() -> None:
    with pytest.raises(WiringError, match=r"Inner\.length is a timedelta"):
        Wiring({Clock: CLOCK}, {}).provide(Outer)
    with pytest.raises(WiringError, match=r"Inner\.clock is a Clock"):
        Wiring({}, {}).provide(Outer)


def test_a_value_that_no_use_case_needs_is_an_error() -> None:
    wiring = Wiring({Clock: CLOCK}, {(Inner, "length"): timedelta(1), (Inner, "width"): 1})
    wiring.provide(Outer)
    with pytest.raises(WiringError, match=r"Inner\.width"):
        wiring.check_values_used()
