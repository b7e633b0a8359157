"""Parse and check a request as its handler declares, before the handler runs.

The handler gets the typed values with `get_input`. A request with invalid fields gets all their errors at once, whether
a schema or a rule of the model refuses them, and wherever they are: in headers, query or body. Only what depends on
stored things is checked later, by the use case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from marshmallow import Schema, ValidationError
from webargs.aiohttpparser import is_json_request

from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.field_errors import Errors, flatten_messages, merge_errors, name_as_sent
from adapters.http.shared.json_bodies import parse_json
from adapters.http.shared.queries import read_query
from adapters.http.shared.request_schemas import PARSED, RequestSchema
from core.shared.errors import Invalid, InvalidFields, NotFound

_ORDER = ("match_info", "json", "headers", "querystring")
"""The order of parsing: a path that does not exist is reported first, then a body that can't be read at all."""


class BadJson(Invalid):
    """The body is not JSON, or a body is needed and there is none."""

    code = "bad-json"


class UnsupportedMediaType(Invalid):
    """The body is not declared to be of the type that is needed here: JSON, or a form with files for images."""

    code = "unsupported-media-type"


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of a request, and the schema that it has to match."""

    location: str
    schema: RequestSchema[Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """The values of one part of a request by field, the errors found in reading it, and the aliases it used for fields,
    by field.
    """

    values: Mapping[str, Any]
    errors: Errors
    names: Mapping[str, str]


def validate_requests(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that parses what these handlers expect.

    Raises InvalidFields, NotFound, BadJson or UnsupportedMediaType. Errors that the handler finds are named as the
    request named the fields.
    """
    expectations = {handler: parts for handler in handlers if (parts := expected_parts(handler))}

    @web.middleware
    async def validate(request: web.Request, handler: Handler) -> web.StreamResponse:
        parts = expectations.get(request.match_info.handler, ())
        values: dict[type[RequestSchema[Any]], Any] = {}
        errors: list[Errors] = []
        names: dict[str, str] = {}
        for part in parts:
            sent = await _read(request, part)
            values[type(part.schema)], found = _load(request, part, sent)
            errors.append(name_as_sent(found, sent.names))
            names |= sent.names
        if any(errors):
            raise InvalidFields(merge_errors(errors))
        request[PARSED] = values
        try:
            return await handler(request)
        except InvalidFields as refusal:
            refusal.rename_fields(names)
            raise

    return validate


def expected_parts(handler: Handler) -> list[Expected]:
    """Return the parts of a request that a handler declares, in the order in which they are parsed."""
    marks = getattr(handler, "__schemas__", ())
    parts = [Expected(mark["location"], mark["schema"]) for mark in marks]
    return sorted(parts, key=lambda part: _ORDER.index(part.location))


def has_required_fields(schema: Schema) -> bool:
    """Return whether an empty object would be invalid."""
    return any(field.required for field in schema.load_fields.values())


def load_values(
    request: web.Request,
    schema: RequestSchema[Any],
    sent: Sent,
    *,
    whole: str,
    unknown: Literal["exclude"] | None = None,
) -> tuple[Any, Errors]:
    """Return the value that the schema builds, or else None and all errors; `whole` names those of no single field."""
    errors = [sent.errors]
    try:
        data = schema.load(sent.values, unknown=unknown)
    except ValidationError as error:
        data = error.valid_data if isinstance(error.valid_data, dict) else {}
        errors.append(flatten_messages(error.messages, whole=whole))
    try:
        schema.check(schema.replace_invalid(data, sent.values) if any(errors) else data, request)
    except InvalidFields as refusal:
        errors.append(refusal.errors)
    if any(errors):
        return None, merge_errors(errors)
    return schema.build(data), {}


def _load(request: web.Request, part: Expected, sent: Sent) -> tuple[Any, Errors]:
    if part.location == "json":
        return load_values(request, part.schema, sent, whole="body")
    value, errors = load_values(request, part.schema, sent, whole=part.location, unknown="exclude")
    if errors and part.location == "match_info":
        raise NotFound("There is nothing at this address: the id in it is not valid.")
    return value, errors


async def _read(request: web.Request, part: Expected) -> Sent:
    match part.location:
        case "match_info":
            if "%00" in request.rel_url.raw_path:
                raise NotFound("There is nothing at this address.")
            return Sent(request.match_info, {}, {})
        case "headers":
            return _read_headers(request, part.schema)
        case "querystring":
            return _read_query(request, part.schema)
    return await _read_body(request, part.schema)


def _read_headers(request: web.Request, schema: RequestSchema[Any]) -> Sent:
    names = (field.data_key or name for name, field in schema.load_fields.items())
    values = {name: request.headers[name] for name in names if name in request.headers}
    return Sent(values, find_forbidden_characters(values, schema), {})


def _read_query(request: web.Request, schema: RequestSchema[Any]) -> Sent:
    values, errors = read_query(request.query, schema)
    # Without an escape there can't be any such character.
    forbidden = find_forbidden_characters(values, schema) if "%" in request.rel_url.raw_query_string else {}
    return Sent(values, merge_errors([errors, forbidden]), {})


async def _read_body(request: web.Request, schema: RequestSchema[Any]) -> Sent:
    raw = await request.read()
    if not raw and not has_required_fields(schema):
        return Sent({}, {}, {})
    if not raw:
        raise BadJson("The request has no body. Send a JSON object.")
    # Compare the usual header as a whole: parsing a media type costs more than parsing a small body.
    if request.headers.get("Content-Type") != "application/json" and not is_json_request(request):
        raise UnsupportedMediaType("The body must be JSON, and Content-Type must say application/json.")
    try:
        body = parse_json(raw)
    except orjson.JSONDecodeError as error:
        raise BadJson(f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise InvalidFields({"body": ["Must be a JSON object."]})
    values, errors, names = _resolve_aliases(body, schema)
    # Most bodies can't contain such characters, and this test costs nearly nothing.
    if b"\\" in raw or b"\x7f" in raw or not raw.isascii():
        errors = merge_errors([errors, find_forbidden_characters(values, schema)])
    return Sent(values, errors, names)


def _resolve_aliases(body: dict[str, Any], schema: RequestSchema[Any]) -> tuple[dict[str, Any], Errors, dict[str, str]]:
    """Return the body with the names of the fields, an error for each field that is sent under two names, and the
    aliases that were used, by field.
    """
    body = {name: schema.read_value(name, value) for name, value in body.items()}
    values = {name: value for name, value in body.items() if name not in schema.aliases}
    errors: Errors = {}
    names: dict[str, str] = {}
    for alias in (name for name in body if name in schema.aliases):
        field = schema.aliases[alias]
        if field in values:
            errors[alias] = [f"Means the same as {names.get(field, field)}; send only one of them."]
            continue
        values[field], names[field] = body[alias], alias
    return values, errors, names
