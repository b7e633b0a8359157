"""The whole OpenAPI document, with what fits it and what does not: no 5xx, and no answer that is not documented."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.http.openapi import build_document
from adapters.postgres.engine import create_engine
from tests.conftest import empty
from tests.security.served import Served, app_of, container_of, served

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WHO = ("nobody", "admin")

document = schemathesis.openapi.from_dict(build_document(app_of(container_of("memory")), title="", version=""))
document.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module", params=["memory", "postgres"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with served(container_of(request.param, url)) as address:
        yield address
    if url is not None:
        asyncio.run(_emptied(url))


async def _emptied(url: str) -> None:
    engine = create_engine(url, pool_size=1)
    await empty(engine)
    await engine.dispose()


@pytest.mark.parametrize("who", WHO)
@document.parametrize()
@settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_gets_an_answer_that_is_documented(api: Served, who: str, case: Case[Any]) -> None:
    signed = {"Authorization": f"Bearer {api.token}"} if who == "admin" else {}
    answer = case.call(base_url=api.url, headers=signed, allow_redirects=False)
    case.validate_response(answer, checks=CHECKS)
