"""Each contract suite runs on every adapter of its port, so a fake that behaves differently fails the same test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accounts_app import AccountsApp, accounts_app
from tests.support.alerts_app import AlertsApp, alerts_app
from tests.support.box_office import BoxOffice, box_office
from tests.support.redis_server import redis_server
from tests.support.stores import Store, memory_store, postgres_store


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return memory_store()
    return postgres_store(request.getfixturevalue("engine"))


@pytest.fixture
def office(store: Store) -> BoxOffice:
    return box_office(store)


@pytest.fixture
def alerts(store: Store) -> AlertsApp:
    return alerts_app(store)


@pytest.fixture
def accounts(store: Store) -> AccountsApp:
    return accounts_app(store)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis that many tests share, so none may count on its being empty."""
    with redis_server() as server:
        yield server.url
