"""What was sent is read and checked before a handler runs, as its declaration says.

The results are where aiohttp-apispec puts them: `request["match_info"]`, `["headers"]`, `["querystring"]`, `["json"]`.
"""

from __future__ import annotations

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

from core.shared.errors import Invalid, InvalidFields, NotFound

_ORDER = ("match_info", "headers", "querystring", "json")
"""No such thing comes before a wrong parameter, and both before the body is read."""

_MAX_ERRORS = 50
_MAX_PATH = 200
"""More errors, and more of a field's name, are not told: an answer must not grow with what was sent."""

# aiohttp warns of string keys on a request; these are aiohttp-apispec's convention, and handlers read them.
_seen: set[str] = getattr(web.BaseRequest, "_seen_str_keys", set())
_seen.update(_ORDER)


class BadJson(Invalid):
    """The body is not JSON, or there is none where one is needed."""

    code = "bad-json"


class UnsupportedMediaType(Invalid):
    """The body is not declared to be JSON."""

    code = "unsupported-media-type"


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of a request, and the schema it has to meet."""

    location: str
    schema: Schema
    put_into: str


def validated(handlers: Iterable[Handler]) -> Middleware:
    """The middleware that reads what these handlers expect. Raises InvalidFields, NotFound, BadJson and the like."""
    expectations = {handler: parts for handler in handlers if (parts := expected_by(handler))}
    parser = _Parser()

    @web.middleware
    async def validate(request: web.Request, handler: Handler) -> web.StreamResponse:
        for part in expectations.get(request.match_info.handler, ()):
            request[part.put_into] = await parser.parse(part.schema, request, location=part.location)
        return await handler(request)

    return validate


def expected_by(handler: Handler) -> list[Expected]:
    """What aiohttp-apispec's decorators have noted on a handler, in the order it is to be read."""
    noted = getattr(handler, "__schemas__", ())
    parts = [Expected(part["location"], part["schema"], part["put_into"]) for part in noted]
    return sorted(parts, key=lambda part: _ORDER.index(part.location))


def needs_something(schema: Schema) -> bool:
    """Whether nothing at all is too little for a schema."""
    return any(field.required for field in schema.load_fields.values())


def readable(messages: object, whole: str = "body") -> dict[str, list[str]]:
    """marshmallow's nested messages by the dotted path of each field; `whole` names what concerns no single one."""
    errors: dict[str, list[str]] = {}
    for path, message in islice(_flat(messages), _MAX_ERRORS):
        errors.setdefault(path[:_MAX_PATH] or whole, []).append(message)
    return errors


def _flat(messages: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(message, path)
    else:
        yield path, str(messages)


def _declared(schema: Schema, sent: MultiMapping[str]) -> dict[str, list[str]]:
    names = [field.data_key or name for name, field in schema.load_fields.items()]
    return {name: sent.getall(name, []) for name in names}


def _refuse_unstorable(data: Mapping[str, object]) -> None:
    """Raises InvalidFields for text PostgreSQL can't hold, however deep it is."""
    errors: dict[str, list[str]] = {}
    pending: list[tuple[str, object]] = [("", data)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, str) and not _storable(value):
            errors[path] = ["Must not contain NUL characters, nor bytes that are no text."]
        elif isinstance(value, list):
            pending.extend((path, inner) for inner in value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                deeper = f"{path}.{key}".lstrip(".")[:_MAX_PATH]
                pending += (deeper, key), (deeper, inner)
    if errors:
        raise InvalidFields(dict(islice(errors.items(), _MAX_ERRORS)))


def _storable(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:  # a lone surrogate: from bytes in a header that are not UTF-8
        return False


_UNKNOWN = {**AIOHTTPParser.DEFAULT_UNKNOWN_BY_LOCATION, "match_info": EXCLUDE}


class _Parser(AIOHTTPParser):
    """webargs, with this API's own reading of JSON and its refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = _UNKNOWN

    async def load_json(self, req: web.Request, schema: Schema) -> Any:
        raw = await req.read()
        if not raw and not needs_something(schema):
            return {}
        if not raw:
            raise BadJson("A JSON object is needed here as the body.")
        # The usual header is compared as it is: taking a media type apart costs more than reading a small body.
        if req.headers.get("Content-Type") != "application/json" and not is_json_request(req):
            raise UnsupportedMediaType("The body must be JSON, and Content-Type must say application/json.")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadJson(f"The body is not JSON: {error}.") from None
        if not isinstance(body, dict):
            raise InvalidFields({"body": ["Must be a JSON object."]})
        if b"\\u0000" in raw:
            _refuse_unstorable(body)
        return body

    def load_querystring(self, req: web.Request, schema: Schema) -> Any:
        if "%00" in req.rel_url.raw_query_string:
            _refuse_unstorable(_declared(schema, req.query))
        return super().load_querystring(req, schema)

    def load_headers(self, req: web.Request, schema: Schema) -> Any:
        _refuse_unstorable(_declared(schema, req.headers))
        return super().load_headers(req, schema)

    def load_match_info(self, req: web.Request, schema: Schema) -> Any:
        if "%00" in req.rel_url.raw_path:
            raise NotFound("There is no such thing.")
        return super().load_match_info(req, schema)

    def handle_error(self, error: ValidationError, *_: object, **__: object) -> NoReturn:
        ((location, messages),) = error.messages_dict.items()  # webargs puts them under the one location
        if location == "match_info":
            raise NotFound("There is no such thing: the address has no id that could be one.")
        raise InvalidFields(readable(messages, whole="body" if location == "json" else location))
