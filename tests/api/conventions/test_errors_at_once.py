"""Every route reports all invalid fields of a request at once, under the names that the request used."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import web

from adapters.http.middleware.validation import expected_parts
from adapters.http.routes import ROUTES
from adapters.http.shared.request_schemas import RequestSchema
from core.shared.access import Role
from tests.support.api_client import UNKNOWN_ID, Api, Person

INVALID: list[list[str]] = [[]]
"""A value that no field accepts."""

MODEL_RULES: list[tuple[str, dict[str, Any], str]] = [
    ("SignUpIn", {"name": " "}, "name"),
    ("SignUpIn", {"email": "ada@"}, "email"),
    ("AddUserIn", {"name": " "}, "name"),
    ("AddUserIn", {"email": "ada@"}, "email"),
    ("ProfileIn", {"name": " "}, "name"),
    ("ProfileIn", {"email": "ada@"}, "email"),
    ("ProfileIn", {"email": "ada@example.com"}, "current_password"),
    ("ProfileIn", {"password": "correct horse"}, "current_password"),
    ("ChangeUserIn", {"name": " "}, "name"),
    ("SubscribeIn", {"email": "ada@"}, "email"),
    ("SubscribeIn", {"timezone": "Mars/Olympus"}, "timezone"),
    ("SubscribeIn", {"query": {}}, "query"),
    ("SubscribeIn", {"query": {"q": "!", "price_max": -1}}, "query.q"),
    ("SubscribeIn", {"query": {"near": "91,0", "radius_km": 5, "city": INVALID}}, "query.near"),
    ("SubscribeIn", {"query": {"near": "1,0", "q": INVALID}}, "query.radius_km"),
    ("BookIn", {"quantity": 1, "seat_ids": ["A-1"]}, "quantity"),
    ("BookIn", {"seat_ids": ["A-1", "a-1"]}, "seat_ids"),
    ("RegisterIn", {"full_name": " "}, "full_name"),
    ("RegisterIn", {"email": "ada@"}, "email"),
    ("GenerateIn", {"rows": 10_000, "per_row": 100}, "rows"),
    *(
        rule
        for schema in ("EventIn", "EventChange")
        for rule in (
            (schema, {"name": " "}, "name"),
            (schema, {"title": " "}, "title"),
            (schema, {"timezone": "Mars/Olympus"}, "timezone"),
            (schema, {"start_time": "2030-05-01T19:00:00Z", "end_time": "2030-05-01T18:00:00Z"}, "end_time"),
            (schema, {"date": "2030-05-01T19:00:00Z", "end_time": "2030-05-01T18:00:00Z"}, "end_time"),
            (
                schema,
                {"event_datetime": "2030-05-01T19:00:00Z", "registration_deadline": "2030-05-01T20:00:00Z"},
                "registration_deadline",
            ),
            (schema, {"status": "cancelled"}, "status"),
            (schema, {"date": "2030-05-01T19:00:00Z", "event_datetime": "2030-05-01T19:00:00Z"}, "event_datetime"),
        )
    ),
    ("EventIn", {"latitude": 5}, "longitude"),
    ("AreaIn", {"name": " "}, "name"),
    ("AreaIn", {"longitude": 5}, "latitude"),
    ("AreaChange", {"name": " "}, "name"),
    ("WebhookIn", {"url": "ftp://tickets.example.org"}, "url"),
    ("WebhookChange", {"url": "ftp://tickets.example.org"}, "url"),
]
"""For each rule of the model about a body: values that only the model refuses, and the field that it names."""

QUERY_RULES = [
    rule
    for schema in ("EventQueryIn", "OpenEventsQueryIn")
    for rule in ((schema, {"sort": "relevance"}, "sort"), (schema, {"page": "100001"}, "page"))
]


def routes(location: str) -> list[tuple[web.RouteDef, RequestSchema[Any]]]:
    return [
        (route, part.schema) for route in ROUTES for part in expected_parts(route.handler) if part.location == location
    ]


def name_of(schema: RequestSchema[Any]) -> str:
    return type(schema).__name__


def names(schema: RequestSchema[Any]) -> set[str]:
    """Return the names of the fields, and where there are several, the last one."""
    aliases = {field: alias for alias, field in schema.aliases.items()}
    return {aliases.get(name, field.data_key or name) for name, field in schema.load_fields.items()}


def all_names(schema: RequestSchema[Any], name: str) -> set[str]:
    """Return every name of the field that a request may call by this one."""
    field = schema.aliases.get(name, name)
    return {field, *(alias for alias, meaning in schema.aliases.items() if meaning == field)}


@pytest.fixture
async def admin(api: Api) -> Person:
    return await api.sign_in("root", Role.ADMIN)


async def errors(person: Person, route: web.RouteDef, **options: Any) -> set[str]:
    path = re.sub(r"{\w+}", UNKNOWN_ID, route.path)
    headers = {"Idempotency-Key": "\N{BLACK STAR}"}
    answer = await person.request(route.method, path, headers, **options)
    problem = await answer.json()
    assert (answer.status, problem["code"]) == (422, "invalid-fields"), problem
    return set(problem["errors"])


def by_path(route_and_schema: object) -> str | None:
    return f"{route_and_schema.method} {route_and_schema.path}" if isinstance(route_and_schema, web.RouteDef) else None


@pytest.mark.parametrize(("route", "schema"), routes("json"), ids=by_path)
async def test_all_fields_that_a_body_gets_wrong_are_named(
    admin: Person, route: web.RouteDef, schema: RequestSchema[Any]
) -> None:
    body = dict.fromkeys([*names(schema), "nonsense"], INVALID)
    expected = {"Idempotency-Key"} if route.path.endswith("/book") else set()
    assert {path.partition(".")[0] for path in await errors(admin, route, json=body)} == {*body, *expected}


@pytest.mark.parametrize(
    ("route", "schema", "values", "blamed"),
    [
        (route, schema, values, blamed)
        for route, schema in routes("json")
        for name, values, blamed in MODEL_RULES
        if name == name_of(schema)
    ],
    ids=by_path,
)
async def test_what_the_model_refuses_is_named_together_with_what_the_schema_refuses(
    admin: Person, route: web.RouteDef, schema: RequestSchema[Any], values: dict[str, Any], blamed: str
) -> None:
    sent = {other for name in [*values, blamed] for other in all_names(schema, name)}
    body = dict.fromkeys([*(names(schema) - sent), "nonsense"], INVALID) | values
    found = await errors(admin, route, json=body)
    assert {blamed, *(body.keys() - values.keys())} <= {*found, *(path.partition(".")[0] for path in found)}


def test_every_schema_with_rules_of_the_model_is_tested() -> None:
    with_rules = {
        name_of(schema)
        for location in ("json", "querystring")
        for _, schema in routes(location)
        if type(schema).check is not RequestSchema.check
    }
    tested = {schema for schema, _, _ in [*MODEL_RULES, *QUERY_RULES]}
    assert with_rules - tested == {"ResetIn"}  # its rule is that of its schema


@pytest.mark.parametrize(
    ("route", "schema"), [each for each in routes("querystring") if each[0].method == "GET"], ids=by_path
)
async def test_all_parameters_that_a_query_gets_wrong_are_named(
    admin: Person, route: web.RouteDef, schema: RequestSchema[Any]
) -> None:
    query = dict.fromkeys([*names(schema), "nonsense"], "\0")
    assert await errors(admin, route, params=query) == query.keys()


@pytest.mark.parametrize(("name", "values", "blamed"), QUERY_RULES)
async def test_what_the_model_refuses_in_a_query_is_named_together_with_what_the_schema_refuses(
    admin: Person, name: str, values: dict[str, str], blamed: str
) -> None:
    for route, schema in routes("querystring"):
        if name_of(schema) == name:
            assert await errors(admin, route, params=values | {"limit": "0", "free": "x"}) == {blamed, "limit", "free"}
