"""The schemas in the document say what is required and have true examples; names are unique and stable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from adapters.http.shared.request_schemas import RequestSchema
from tests.support.api_client import Api


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    document: dict[str, Any] = await (await api.anonymous.get("/api/schema")).json()
    return document


def test_every_schema_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert "example" in schema, f"{name} needs one: see adapters/http/docs/examples.py"
        assert list(errors(document, {"$ref": f"#/components/schemas/{name}"}, schema["example"])) == [], name


def test_the_examples_of_requests_are_accepted(document: dict[str, Any]) -> None:
    requests = {schema.__name__: schema for schema in all_request_schemas(RequestSchema)}
    named = document["components"]["schemas"].keys() & requests.keys()
    assert named >= {"BookIn", "EventIn", "SubscribeIn"}
    for name in named:
        requests[name]().load(document["components"]["schemas"][name]["example"])


def test_every_field_of_a_response_is_required(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("Event", "Booking", "Ticket", "SignedIn", "EventPage", "Readiness"):
        assert set(schemas[name]["required"]) == schemas[name]["properties"].keys() - {"total_capped"}, name


def test_every_answer_that_something_is_accepted_has_a_body(document: dict[str, Any]) -> None:
    accepted = [
        operation["responses"]["202"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "202" in operation["responses"]
    ]
    assert len(accepted) > 5
    assert [answer["description"] for answer in accepted if "application/json" not in answer.get("content", {})] == []


def test_enums_have_a_type(document: dict[str, Any]) -> None:
    untyped = [each for each in everything_in(document) if isinstance(each.get("enum"), list) and "type" not in each]
    assert untyped == []


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [
        ({"title": "Jazz", "date": "2030-05-01T19:00:00Z", "location": "Attic"}, True),
        ({"name": "Jazz", "event_datetime": "2030-05-01T19:00:00Z"}, True),
        ({"name": "Jazz", "start_time": "2030-05-01T19:00:00Z"}, True),
        ({"name": "Jazz", "start_time": "2030-05-01T19:00:00Z", "price": 50}, True),
        ({"name": "Jazz", "start_time": "2030-05-01T19:00:00Z", "price": "50.00"}, True),
        ({"name": "Jazz", "start_time": "2030-05-01T19:00:00Z", "price": None}, True),
        ({"title": "Jazz"}, False),
        ({"date": "2030-05-01T19:00:00Z"}, False),
        ({"name": "Jazz", "start_time": "2030-05-01T19:00:00Z", "when": "late"}, False),
    ],
)
def test_what_an_event_may_be_created_from_is_described(
    document: dict[str, Any], body: dict[str, Any], is_valid: bool
) -> None:
    assert (not list(errors(document, {"$ref": "#/components/schemas/EventIn"}, body))) == is_valid


def test_an_idempotency_key_is_required_where_a_booking_needs_one(document: dict[str, Any]) -> None:
    headers = [
        (path, parameter)
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for parameter in operation["parameters"]
        if parameter["name"] == "Idempotency-Key"
    ]
    assert [(path, parameter["required"]) for path, parameter in headers] == [("/api/events/{event_id}/book", True)]
    assert headers[0][1]["schema"] == {"type": "string", "example": "7f0c2a4e-order-1"}


def test_operation_ids_name_the_path_where_a_handler_has_several(document: dict[str, Any]) -> None:
    paths = document["paths"]
    names = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(names) == len(set(names))
    assert paths["/api/events"]["post"]["operationId"] == "create_event"
    assert paths["/api/admin/events"]["post"]["operationId"] == "create_event_at_admin_events"
    assert paths["/api/auth/register"]["post"]["operationId"] == "sign_up_at_auth_register"


def test_servers_and_authentication_are_described(document: dict[str, Any]) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert "/api/auth/login" in document["components"]["securitySchemes"]["bearer"]["description"]


def errors(document: dict[str, Any], schema: dict[str, Any], value: object) -> Iterator[str]:
    with_components = {"components": document["components"], **schema}
    validator = OAS31Validator(with_components, format_checker=oas31_format_checker)
    yield from (error.message for error in validator.iter_errors(value))


def everything_in(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from everything_in(each)


def all_request_schemas(base: type[RequestSchema[Any]]) -> Iterator[type[RequestSchema[Any]]]:
    for schema in base.__subclasses__():
        yield schema
        yield from all_request_schemas(schema)
