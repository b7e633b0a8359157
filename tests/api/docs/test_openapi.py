"""The document, and the pages that show it."""

from __future__ import annotations

import copy
import re
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from adapters.http.docs.openapi import build_document
from tests.support.documented import undocumented_routes
from tests.support.toy_app import ROUTES, SIGNED_IN, Client, toy_app

PAGES = ["/api/docs", "/api/swagger", "/api/redoc", "/api/docs/"]


@pytest.fixture
def document() -> dict[str, Any]:
    return build_document(toy_app(), version="1.2.3", title="Toys")


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert (document["info"]["title"], document["info"]["version"]) == ("Toys", "1.2.3")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_a_broken_document_would_be_detected(document: dict[str, Any]) -> None:
    del document["paths"]["/api/toys"]["get"]["parameters"][0]["schema"]
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) != []


def test_every_route_is_documented_once_without_a_final_slash() -> None:
    app = toy_app()
    paths = set(build_document(app, version="", title="")["paths"])
    assert undocumented_routes(app) == set()
    assert paths == {route.path for route in ROUTES} | {"/healthz", "/readyz", "/metrics"}


def test_building_it_changes_no_declaration() -> None:
    declarations = copy.deepcopy({route.handler: vars(route.handler)["__apispec__"] for route in ROUTES})
    first = build_document(toy_app(), version="", title="")
    assert build_document(toy_app(), version="", title="") == first
    for handler, declared in declarations.items():
        assert vars(handler)["__apispec__"].keys() == declared.keys()
        assert vars(handler)["__apispec__"]["parameters"] == declared["parameters"]
        assert vars(handler)["__apispec__"]["responses"].keys() == declared["responses"].keys()


def test_operation_ids_are_handler_names_and_unique(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert document["paths"]["/api/toys"]["get"]["operationId"] == "list_toys"
    assert document["paths"]["/api/toys"]["post"]["operationId"] == "make_toy"
    assert document["paths"]["/api/workshop/toys"]["post"]["operationId"] == "make_toy_at_workshop_toys"


def test_descriptions_come_from_the_declaration_or_the_handler(document: dict[str, Any]) -> None:
    assert document["paths"]["/api/toys"]["post"]["description"] == "The toy is broken."
    listed = document["paths"]["/api/toys"]["get"]["description"]
    assert listed == "A page of them.\n\nIn the order in which they were made."


def test_a_request_body_is_required_if_one_of_its_fields_is(document: dict[str, Any]) -> None:
    made = document["paths"]["/api/toys"]["post"]["requestBody"]
    assert made == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ToyIn"}}},
    }
    assert document["paths"]["/api/toys/{id}/wind-up"]["post"]["requestBody"]["required"] is False


def test_fields_are_described_with_their_formats(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["Toy"]["properties"]
    assert (fields["id"]["type"], fields["id"]["format"]) == ("string", "uuid")
    assert (fields["made_at"]["type"], fields["made_at"]["format"]) == (["string", "null"], "date-time")
    assert (fields["price"]["type"], fields["price"]["format"]) == ("string", "decimal")
    assert re.fullmatch(fields["price"]["pattern"], "12.50")
    sent = document["components"]["schemas"]["ToyIn"]
    assert (sent["required"], sent["additionalProperties"]) == (["name"], False)
    assert (sent["properties"]["name"]["maxLength"], sent["properties"]["price"]["default"]) == (50, "0")


def test_parameters_have_their_locations(document: dict[str, Any]) -> None:
    def parameters(path: str, method: str) -> dict[str, tuple[str, bool]]:
        declared = document["paths"][path][method]["parameters"]
        return {parameter["name"]: (parameter["in"], parameter.get("required", False)) for parameter in declared}

    query = ("limit", "offset", "cursor", "colour", "tag", "made_after")
    assert parameters("/api/toys", "get") == dict.fromkeys(query, ("query", False))
    assert parameters("/api/toys/{id}", "get") == {"id": ("path", True)}
    assert parameters("/api/greeting", "get") == {"Toy-Key": ("header", False)}
    assert parameters("/api/refusal", "get") == {"kind": ("query", True)}


def test_a_page_schema_is_named_after_its_items(document: dict[str, Any]) -> None:
    answer = document["paths"]["/api/toys"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ToyPage"}
    page = document["components"]["schemas"]["ToyPage"]["properties"]
    assert page["items"] == {"type": "array", "items": {"$ref": "#/components/schemas/Toy"}}


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/api/toys", "get", {200, 400, 422, 503}),
        ("/api/toys", "post", {201, 400, 401, 402, 409, 413, 415, 422, 503}),
        ("/api/toys/{id}", "get", {200, 404, 503}),
        ("/api/toys/{id}", "delete", {204, 401, 404, 503}),
        ("/api/toys/{id}/wind-up", "post", {200, 400, 404, 413, 415, 422, 503}),
        ("/api/greeting", "get", {200, 401, 422, 503}),
        ("/healthz", "get", {200}),
        ("/readyz", "get", {200, 503}),
        ("/metrics", "get", {200, 401, 403}),
    ],
)
def test_responses_that_follow_from_a_declaration_are_added(
    document: dict[str, Any], path: str, method: str, statuses: set[int]
) -> None:
    assert {int(status) for status in document["paths"][path][method]["responses"]} == statuses


def test_problems_are_described_with_the_codes_of_the_handler(document: dict[str, Any]) -> None:
    documented = document["paths"]["/api/toys"]["post"]["responses"]
    assert documented["409"]["description"] == "- `broken`: The toy is broken."
    assert documented["402"]["description"] == "Payment Required"
    assert documented["400"] == {"$ref": "#/components/responses/BadRequest"}
    told_of_400 = document["components"]["responses"]["BadRequest"]["description"]
    both = document["paths"]["/api/toys/{id}/wind-up"]["post"]["responses"]["400"]["description"]
    assert both == f"{told_of_400}\n\n- `idempotency-key-missing`: There is no key."
    shape = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert documented["409"]["content"] == document["components"]["responses"]["BadRequest"]["content"] == shape


def test_a_response_without_a_body_has_no_content(document: dict[str, Any]) -> None:
    assert document["paths"]["/api/toys/{id}"]["delete"]["responses"]["204"] == {"description": "No Content"}


def test_authentication_is_described(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/api/toys"]["post"]["security"] == [{"bearer": []}]
    assert document["paths"]["/api/greeting"]["get"]["security"] == [{}, {"bearer": []}]
    assert "security" not in document["paths"]["/api/toys"]["get"]


async def test_problems_match_the_document(client: Client, document: dict[str, Any]) -> None:
    shape = document["components"]["schemas"]["Problem"]
    for response in [
        await client.get("/api/toys?limit=0"),
        await client.get("/api/toys/nonsense"),
        await client.post("/api/toys", data=b"{", headers=SIGNED_IN | {"Content-Type": "application/json"}),
    ]:
        documented = await response.json(content_type=None)
        assert set(shape["required"]) <= documented.keys() <= shape["properties"].keys()


async def test_the_document_is_served(client: Client) -> None:
    response = await client.get("/api/schema")
    assert response.headers["Content-Type"] == "application/json"
    served = await response.json()
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []
    assert served["paths"].keys() >= {"/api/toys", "/healthz"}


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_loads_everything_from_its_own_host(client: Client, page: str) -> None:
    response = await client.get(page)
    assert (response.status, response.content_type) == (200, "text/html")
    html = await response.text()
    urls = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len([url for url in urls if url.endswith(".js")]) == 2
    for url in urls:
        assert url.startswith("/")
        asset = await client.get(urljoin(page, url))
        assert asset.status == 200, url
        assert len(await asset.read()) > 10


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_runs_only_script_files_from_its_own_host(client: Client, page: str) -> None:
    response = await client.get(page)
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    html = await response.text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"\son\w+=", html)


@pytest.mark.parametrize("name", ["..%2f..%2fapp.py", "app.py", "swagger.html", "LICENSE", "%00", "swagger.js%2f"])
async def test_only_the_files_of_the_pages_are_served(client: Client, name: str) -> None:
    assert (await client.get(f"/api/docs/assets/{name}")).status == 404


async def test_an_asset_has_its_media_type_and_may_be_cached(client: Client) -> None:
    script = await client.get("/api/docs/assets/swagger-ui-bundle.js")
    assert script.content_type.endswith("/javascript")
    assert script.headers["Cache-Control"] == "max-age=3600"
    again = await client.get("/api/docs/assets/swagger-ui-bundle.js", headers={"If-None-Match": script.headers["ETag"]})
    assert again.status == 304
