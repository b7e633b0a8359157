"""A large database, and what PostgreSQL reads of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.large_database import large_database
from tests.support.query_plans import PlanRecorder


@pytest.fixture(scope="session")
def large_url(postgres_url: str) -> str:
    return asyncio.run(large_database(postgres_url))


@pytest.fixture
def recorder() -> PlanRecorder:
    return PlanRecorder()
