"""The OpenAPI document of the whole API."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.support.api_client import Api
from tests.support.documented import undocumented_routes


async def test_the_document_is_valid_openapi_3_1(api: Api) -> None:
    document = await (await api.anonymous.get("/api/schema/")).json()
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)


async def test_every_route_is_documented(api: Api) -> None:
    assert undocumented_routes(api.client.app) == set()


async def test_every_operation_says_what_it_does(api: Api) -> None:
    document = await (await api.anonymous.get("/api/schema")).json()
    silent = [
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/api") and not (operation["summary"] and operation["description"])
    ]
    assert silent == []
