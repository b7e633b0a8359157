"""Generated valid and invalid requests for every operation: no 5xx and no undocumented response."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import requests
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

from adapters.http.docs.openapi import build_document
from adapters.postgres.shared.engine import create_engine
from core.catalog.search import SortKey
from tests.support.database import empty
from tests.support.refusals import NO_MOMENTS
from tests.support.served import Served, app_of, container_of, served

pytest_plugins = ["schemathesis.pytest.plugin"]
"""Switched off elsewhere, since its import takes longer than most tests."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLERS = [("memory", "nobody"), ("postgres", "admin")]
"""On PostgreSQL the admin, who gets further: what others may not do is refused before anything is stored."""

document = schemathesis.openapi.from_dict(build_document(app_of(container_of("memory")), title="", version=""))
document.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module", params=["memory", "postgres"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with served(container_of(request.param, url)) as address:
        yield address
    if url is not None:
        asyncio.run(_empty(url))


async def _empty(url: str) -> None:
    engine = create_engine(url, pool_size=1)
    await empty(engine)
    await engine.dispose()


FIXED = ("-created", "-at")
SORTINGS = tuple(sign + key for key in SortKey for sign in ("", "-"))
MADE_UP = (
    *NO_MOMENTS,
    *("1e999999", "-1e999999", "1e-400000", "Infinity", "-Infinity", "NaN", "1" + "0" * 100, "-1"),
    *("", "a\0b", "\ud800", "00000000-0000-0000-0000-000000000000"),
)
"""A cursor contains a sort key, which a client can change."""


def lists(schema: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the paths of paged lists, with each of their sort orders."""

    def parameters(path: str) -> set[str]:
        return {each["name"] for each in schema["paths"][path].get("get", {}).get("parameters", ())}

    paths = [path for path in schema["paths"] if "cursor" in parameters(path) and "{" not in path]
    return [(path, order) for path in paths for order in (SORTINGS if "sort" in parameters(path) else FIXED)]


def made_up_cursor(order: str, key: str) -> str:
    """Encode a cursor as `Cursor` does, also with a key that is not text."""
    return base64.urlsafe_b64encode(json.dumps([order, key, UUID(int=1).hex]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(("path", "order"), lists(document.raw_schema))
def test_a_tampered_cursor_breaks_no_list(api: Served, path: str, order: str) -> None:
    signed = {"Authorization": f"Bearer {api.token}"}
    sorting = {"sort": order, "q": "jazz"} if order in SORTINGS else {}
    for key in MADE_UP:
        query = sorting | {"cursor": made_up_cursor(order, key)}
        answer = requests.get(f"{api.url}{path}", params=query, headers=signed, timeout=60)
        assert answer.status_code in (200, 422), (order, key, answer.text)


@pytest.mark.parametrize(("api", "who"), CALLERS, indirect=["api"], scope="module")
@document.parametrize()
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
def test_every_request_gets_a_documented_response(api: Served, who: str, case: Case[Any]) -> None:
    signed = {"Authorization": f"Bearer {api.token}"} if who == "admin" else {}
    answer = case.call(base_url=api.url, headers=signed, allow_redirects=False)
    case.validate_response(answer, checks=CHECKS)
