"""Parse and check a request as its handler declares, before the handler runs.

The handler gets the typed values with `get_input`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from marshmallow import EXCLUDE, Schema, ValidationError
from multidict import MultiMapping
from webargs.aiohttpparser import AIOHTTPParser, is_json_request

from adapters.http.shared.fields import Prose
from adapters.http.shared.request_schemas import PARSED, RequestSchema
from core.shared.errors import Invalid, InvalidFields, NotFound

_ORDER = ("match_info", "headers", "querystring", "json")
"""The order of checks: a path that does not exist is reported before a wrong parameter, and both before the body."""

_MAX_ERRORS = 50
_MAX_PATH = 200
"""Further errors, and longer names of fields, are left out: a response must not grow with what was sent."""

_NOT_ALLOWED_IN_PROSE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters other than tabs and line ends; and lone surrogates, which are not text and can't be stored."""
_NOT_ALLOWED_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""The same, every line end, and the characters that change the writing direction until they are closed: an override in
a name would reverse what follows it in a list or an email's subject, and make one name look like another. No language
needs these. Characters that some languages need inside a word or next to a digit (U+200C to U+200F, U+061C) act like
letters and are allowed.
"""
_PROSE_MESSAGE = "Must not contain control characters other than tabs and line ends, nor bytes that are not text."
_LINE_MESSAGE = "Must be one line, without control characters or characters that change the writing direction."


class BadJson(Invalid):
    """The body is not JSON, or a body is needed and there is none."""

    code = "bad-json"


class UnsupportedMediaType(Invalid):
    """The body is not declared to be JSON."""

    code = "unsupported-media-type"


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of a request, and the schema that it has to match."""

    location: str
    schema: RequestSchema[Any]


def validate_requests(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that parses what these handlers expect.

    Raises InvalidFields, NotFound, BadJson or UnsupportedMediaType.
    """
    expectations = {handler: parts for handler in handlers if (parts := expected_parts(handler))}
    parser = _Parser()

    @web.middleware
    async def validate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if parts := expectations.get(request.match_info.handler):
            values = request[PARSED] = {}
            for part in parts:
                values[type(part.schema)] = await parser.parse(part.schema, request, location=part.location)
        return await handler(request)

    return validate


def expected_parts(handler: Handler) -> list[Expected]:
    """Return the parts of a request that a handler declares, in the order in which they are parsed."""
    marks = getattr(handler, "__schemas__", ())
    parts = [Expected(mark["location"], mark["schema"]) for mark in marks]
    return sorted(parts, key=lambda part: _ORDER.index(part.location))


def has_required_fields(schema: Schema) -> bool:
    """Return whether an empty object would be invalid."""
    return any(field.required for field in schema.load_fields.values())


def flatten_messages(messages: object, whole: str = "body") -> dict[str, list[str]]:
    """Turn marshmallow's nested messages into lists by dotted path; `whole` is the key of those of no single field."""
    errors: dict[str, list[str]] = {}
    for path, message in islice(_walk(messages), _MAX_ERRORS):
        errors.setdefault(path[:_MAX_PATH] or whole, []).append(message)
    return errors


def _walk(messages: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from _walk(message, path)
    else:
        yield path, str(messages)


def _declared_values(schema: Schema, sent: MultiMapping[str]) -> dict[str, list[str]]:
    names = [field.data_key or name for name, field in schema.load_fields.items()]
    return {name: sent.getall(name, []) for name in names}


def _check_characters(data: Mapping[str, object], schema: Schema) -> None:
    """Raise InvalidFields for characters that are not allowed in a line, or in `Prose` fields, at any depth."""
    prose = {name for name, field in schema.load_fields.items() if isinstance(field, Prose)}
    errors: dict[str, list[str]] = {}
    pending: list[tuple[str, object]] = [("", data)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, str):
            in_prose = path in prose
            if (_NOT_ALLOWED_IN_PROSE if in_prose else _NOT_ALLOWED_IN_LINE).search(value):
                errors[path] = [_PROSE_MESSAGE if in_prose else _LINE_MESSAGE]
        elif isinstance(value, list):
            pending.extend((path, inner) for inner in value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                deeper = f"{path}.{key}".lstrip(".")[:_MAX_PATH]
                pending += (deeper, key), (deeper, inner)
    if errors:
        raise InvalidFields(dict(islice(errors.items(), _MAX_ERRORS)))


_UNKNOWN = {**AIOHTTPParser.DEFAULT_UNKNOWN_BY_LOCATION, "match_info": EXCLUDE}


class _Parser(AIOHTTPParser):
    """webargs, with this API's own JSON parsing and its refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = _UNKNOWN

    async def load_json(self, req: web.Request, schema: Schema) -> Any:
        raw = await req.read()
        if not raw and not has_required_fields(schema):
            return {}
        if not raw:
            raise BadJson("The request has no body. Send a JSON object.")
        # Compare the usual header as a whole: parsing a media type costs more than parsing a small body.
        if req.headers.get("Content-Type") != "application/json" and not is_json_request(req):
            raise UnsupportedMediaType("The body must be JSON, and Content-Type must say application/json.")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadJson(f"The body is not JSON: {error}.") from None
        if not isinstance(body, dict):
            raise InvalidFields({"body": ["Must be a JSON object."]})
        # Most bodies can't contain such characters, and this test costs nearly nothing.
        if b"\\" in raw or b"\x7f" in raw or not raw.isascii():
            _check_characters(body, schema)
        return body

    def load_querystring(self, req: web.Request, schema: Schema) -> Any:
        if "%" in req.rel_url.raw_query_string:
            _check_characters(_declared_values(schema, req.query), schema)
        return super().load_querystring(req, schema)

    def load_headers(self, req: web.Request, schema: Schema) -> Any:
        _check_characters(_declared_values(schema, req.headers), schema)
        return super().load_headers(req, schema)

    def load_match_info(self, req: web.Request, schema: Schema) -> Any:
        if "%00" in req.rel_url.raw_path:
            raise NotFound("There is nothing at this address.")
        return super().load_match_info(req, schema)

    def handle_error(self, error: ValidationError, *_: object, **__: object) -> NoReturn:
        ((location, messages),) = error.messages_dict.items()  # webargs puts them under the one location
        if location == "match_info":
            raise NotFound("There is nothing at this address: the id in it is not valid.")
        raise InvalidFields(flatten_messages(messages, whole="body" if location == "json" else location))
