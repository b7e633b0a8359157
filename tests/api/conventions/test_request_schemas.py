"""A request schema fits the value that it loads, which mypy can't check."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import marshmallow
import pytest

from adapters.http.middleware.validation import expected_parts
from adapters.http.routes import ROUTES
from adapters.http.shared.paging import PageQuery
from adapters.http.shared.request_schemas import RequestSchema

BUILT_BY_HAND = {"EventQueryIn", "OpenEventsQueryIn"}
"""The names of their fields differ from those of their values; the tests of the event list send all of them."""


def request_schemas() -> dict[str, type[RequestSchema[Any]]]:
    parts = (part for route in ROUTES for part in expected_parts(route.handler))
    return {type(part.schema).__name__: type(part.schema) for part in parts}


@pytest.mark.parametrize("name", sorted(request_schemas().keys() - BUILT_BY_HAND))
def test_a_schema_loads_every_field_that_its_value_needs_and_no_other(name: str) -> None:
    schema = request_schemas()[name]
    page_fields = set() if schema is PageQuery else PageQuery().load_fields.keys()
    sent = schema().load_fields
    loaded = {field.attribute or name: field for name, field in sent.items() if name not in page_fields}
    always_loaded = {
        name for name, field in loaded.items() if field.required or field.load_default is not marshmallow.missing
    }
    value_type = schema.value_type
    if not is_dataclass(value_type):  # a TypedDict of a partial edit: no key is needed
        assert loaded.keys() <= value_type.__annotations__.keys()
        return
    assert loaded.keys() <= {each.name for each in fields(value_type)}
    assert {
        each.name for each in fields(value_type) if each.default is MISSING and each.default_factory is MISSING
    } <= always_loaded
