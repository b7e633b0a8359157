"""Complete the JSON Schemas that apispec makes: required response fields, types of enums, aliases, examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields

from adapters.http.docs.examples import example_of
from adapters.http.shared.fields import Amount
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema


def enum_type(_converter: object, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Return the JSON types of an enum's values; apispec lists the values only."""
    if not isinstance(field, fields.Enum):
        return {}
    return {"type": ["string", "null"] if field.allow_none else "string"}


def complete(component: dict[str, Any], name: str, schema: type[Schema]) -> None:
    """Complete the component of this name, which apispec has made from the schema."""
    if issubclass(schema, ResponseSchema):  # it always has all its fields
        component["required"] = list(component["properties"])
    if issubclass(schema, RequestSchema):
        _allow_numbers(component, schema)
        if schema.aliases:
            _add_aliases(component, schema)
    if (example := example_of(name, schema)) is not None:
        component["example"] = example


def _allow_numbers(component: dict[str, Any], schema: type[RequestSchema[Any]]) -> None:
    """Describe that a request may send an amount as a number, too."""
    for name, field in schema().load_fields.items():
        if isinstance(field, Amount):
            types = component["properties"][name]["type"]
            component["properties"][name]["type"] = [*([types] if isinstance(types, str) else types), "number"]


def _add_aliases(component: dict[str, Any], schema: type[RequestSchema[Any]]) -> None:
    """Add the other names of fields as properties; a required field may then have any of its names."""
    properties, required = component["properties"], component.pop("required", [])
    names = {field: [field, *_aliases_of(schema, field)] for field in properties}
    for field, (_, *aliases) in names.items():
        properties |= {each: {**properties[field], "description": f"The same as `{field}`."} for each in aliases}
    if required:
        component["allOf"] = [{"anyOf": [{"required": [each]} for each in names[field]]} for field in required]


def _aliases_of(schema: type[RequestSchema[Any]], field: str) -> Iterator[str]:
    return (alias for alias, named in schema.aliases.items() if named == field)
