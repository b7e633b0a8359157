"""Every suite here runs on every adapter of its port; a fake that lies fails with the same test."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from core.shared.errors import Refusal
from tests.support.accounts_app import AccountsApp, accounts_app
from tests.support.alerts_app import AlertsApp, alerts_app
from tests.support.box_office import BoxOffice, box_office
from tests.support.stores import Store, memory_store, postgres_store

NO_MOMENTS = ["x", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-11-20T12:00:00"]
"""Keys of cursors that somebody made up: times that are none, or none that UTC has."""


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
def desk(store: Store) -> AccountsApp:
    return accounts_app(store)


async def refused(call: Awaitable[object], refusal: type[Refusal]) -> Refusal:
    """The refusal that must come of a call."""
    with pytest.raises(refusal) as told:
        await call
    return told.value
