"""What was sent is read and checked before a handler runs, as its declaration says.

The results are where aiohttp-apispec puts them: `request["match_info"]`, `["headers"]`, `["querystring"]`, `["json"]`.
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
from core.shared.errors import Invalid, InvalidFields, NotFound

_ORDER = ("match_info", "headers", "querystring", "json")
"""No such thing comes before a wrong parameter, and both before the body is read."""

_MAX_ERRORS = 50
_MAX_PATH = 200
"""More errors, and more of a field's name, are not told: an answer must not grow with what was sent."""

_UNFIT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, but for tabs and line ends; and half a surrogate pair, which is no text and can't be stored."""
_UNFIT_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Those, every end of a line, and what turns the direction of writing until it is ended: an override in a name would
turn what is written after it, in a list or the subject of a mail, and make one name look like another. No language
needs that. What some do need in a word or by a digit (U+200C to U+200F, U+061C) acts like a letter, and may stay.
"""
_NO_TEXT = "Must not contain control characters other than tabs and line ends, nor bytes that are no text."
_NO_LINE = "Must be one line, without control characters and such as turn the direction of writing."

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


def validate_requests(handlers: Iterable[Handler]) -> Middleware:
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


def _refuse_unfit(data: Mapping[str, object], schema: Schema) -> None:
    """Raises InvalidFields for what does not belong in a line, or in `Prose` where that is asked for, however deep."""
    prose = {name for name, field in schema.load_fields.items() if isinstance(field, Prose)}
    errors: dict[str, list[str]] = {}
    pending: list[tuple[str, object]] = [("", data)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, str):
            unfit, why = (_UNFIT_IN_TEXT, _NO_TEXT) if path in prose else (_UNFIT_IN_LINE, _NO_LINE)
            if unfit.search(value):
                errors[path] = [why]
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
        # Most bodies can't hold such a thing, and this costs nearly nothing to say.
        if b"\\" in raw or b"\x7f" in raw or not raw.isascii():
            _refuse_unfit(body, schema)
        return body

    def load_querystring(self, req: web.Request, schema: Schema) -> Any:
        if "%" in req.rel_url.raw_query_string:
            _refuse_unfit(_declared(schema, req.query), schema)
        return super().load_querystring(req, schema)

    def load_headers(self, req: web.Request, schema: Schema) -> Any:
        _refuse_unfit(_declared(schema, req.headers), schema)
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
