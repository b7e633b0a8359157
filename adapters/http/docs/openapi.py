"""Build the OpenAPI 3.1 document from the declarations of the handlers.

aiohttp-apispec's marks have the form of Swagger 2 and are only read; apispec turns the schemas into JSON Schema.
A handler without marks is not in the document. Responses that follow from a declaration are added by rule:
400, 413, 415 and 422 for a JSON body, 422 for a query or headers, 404 for a path with parameters, 401 for a token,
429 for rate limits, 503 for every use case. A handler declares the others itself (`declarations.refuses`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema

from adapters.http.docs.components import complete, enum_type
from adapters.http.docs.schemas import ProblemOut
from adapters.http.health import TAG
from adapters.http.middleware.rate_limiting import POLICY_FIELD, STATE_FIELD, RateLimited
from adapters.http.middleware.validation import has_required_fields
from adapters.http.shared.declarations import NEEDED, declaration, is_for_people

_ABOUT = """\
Ids are UUIDs. Times are RFC 3339: requests may use any offset, responses use UTC. Money is a decimal string next to
its currency (ISO 4217), with that currency's decimals; requests may also send a number. A text is a single line
without control characters or characters that change the writing direction; descriptions and reasons may have several
lines.

A refused request gets a problem (RFC 9457, `application/problem+json`): its `code` is stable, for programs; its
`detail` is for people. Every response carries `X-Request-Id`: the one that was sent, or a new one.

A single resource has an `ETag`. Sent back as `If-None-Match`, it gets 304 without a body if nothing has changed.
Sent as `If-Match` with a change, it gets 412 if somebody else has edited the resource in the meantime.

Lists take `limit` with `offset` or `cursor`, and link to their neighbouring pages (RFC 8288, header `Link`).
Some routes are rate limited: their responses show the limits in `RateLimit-Policy` and `RateLimit`
(draft-ietf-httpapi-ratelimit-headers); a 429 says in `Retry-After` when to try again.
A path means the same with and without a final slash.
"""

_PROBLEMS = {
    400: ("BadRequest", "The body is not JSON or breaks off, or the address is longer than this server accepts."),
    401: ("Unauthenticated", "The access token is missing or invalid."),
    404: ("NotFound", "It does not exist, or this user may not see it."),
    413: ("BodyTooLarge", "The body is larger than this server accepts."),
    415: ("UnsupportedMediaType", "The body is not declared to be JSON."),
    422: ("InvalidFields", "Something in the request is invalid; `errors` says what, field by field."),
    429: ("RateLimited", f"- `{RateLimited.code}`: {inspect.getdoc(RateLimited)}"),
    503: ("Unavailable", "A service that is needed does not respond; try again after `Retry-After` seconds."),
}
"""The responses added by rule: their names in the document and their descriptions."""

_HEADERS = {
    POLICY_FIELD: (
        "RateLimitPolicy",
        "The limits of this route: each with its name, how many requests it allows, and in how many seconds.",
        {"type": "string", "example": '"booking";q=30;w=60'},
    ),
    STATE_FIELD: (
        "RateLimit",
        "How many requests each limit still allows, and in how many seconds it resets.",
        {"type": "string", "example": '"booking";r=29;t=60'},
    ),
    "Retry-After": ("RetryAfter", "Seconds to wait.", {"type": "integer", "minimum": 1, "example": 60}),
}
"""Headers of rate limited routes, the last only on 429: names in the document, descriptions, schemas."""

_SERVER = {"url": "/", "description": "The server that this document comes from."}

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` that `POST /api/auth/login` returns, in the header `Authorization: Bearer …`. "
    "When it expires, `POST /api/auth/refresh` exchanges the `refresh_token` for new ones, once.",
}

_LIMIT_HEADERS = {field: _HEADERS[field][0] for field in (POLICY_FIELD, STATE_FIELD)}

_WITHOUT_BODY = {204, 302, 303, 304, 307, 308}


def build_document(app: web.Application, *, version: str, title: str) -> dict[str, Any]:
    """Return the document of all routes with declarations; a path with and without final slash is listed once."""
    # Resolvers may take instances and return None for a schema that is inlined; the annotations don't say so.
    plugin = MarshmallowPlugin(schema_name_resolver=_component)  # type: ignore[arg-type]
    spec = APISpec(title, version, "3.1.0", [plugin], info={"description": _ABOUT}, servers=[_SERVER])
    converter = cast(OpenAPIConverter, plugin.converter)  # APISpec has set it
    converter.add_attribute_function(enum_type)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("bearer", _BEARER)
    for name, meaning, schema in _HEADERS.values():
        spec.components.header(name, {"description": meaning, "schema": schema})
    for status, (name, meaning) in _PROBLEMS.items():
        response: dict[str, Any] = {"description": meaning, "content": _problem()}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response["headers"] = {field: named[0] for field, named in _HEADERS.items()}
        spec.components.response(name, response)
    _add_operations(spec, app)
    for (schema, *_), name in converter.refs.items():
        complete(spec.components.schemas[name], name, schema)
    document = spec.to_dict()
    for parameter in _resolved_parameters(document):
        if parameter["schema"].pop(NEEDED, False):
            parameter["required"] = True
    return document


def _add_operations(spec: APISpec, app: web.Application) -> None:
    """Add every documented route, and the tags that they use."""
    served: set[Handler] = set()
    tags: dict[str, None] = {}
    for route, path in documented_routes(app):
        operation = _operation(route, path)
        # One handler may serve several paths, but an operationId must be unique.
        name = route.handler.__name__
        operation["operationId"] = f"{name}_at_{_words(path)}" if route.handler in served else name
        served.add(route.handler)
        tags.update(dict.fromkeys(operation["tags"]))
        spec.path(path, operations={route.method.lower(): operation})
    for tag in tags:
        spec.tag({"name": tag})


def _resolved_parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parameters of all operations, each with its JSON Schema."""
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation["parameters"]


def _words(path: str) -> str:
    """Return the fixed parts of a path as one name: `/api/admin/events/{event_id}` is `admin_events`."""
    parts = path.removeprefix("/api/").split("/")
    return "_".join(part for part in parts if not part.startswith("{")).replace("-", "_")


def documented_routes(app: web.Application) -> Iterator[tuple[web.AbstractRoute, str]]:
    """Yield the routes with declarations, each with its path template."""
    for route in app.router.routes():
        resource = route.resource
        if (
            resource is None
            or route.method == "HEAD"
            or not hasattr(route.handler, "__apispec__")
            or is_for_people(route.handler)
        ):
            continue
        if not resource.canonical.endswith("/"):
            yield route, resource.canonical


def _operation(route: web.AbstractRoute, path: str) -> dict[str, Any]:
    marks = declaration(route.handler)
    operation: dict[str, Any] = {
        "tags": marks.get("tags", []),
        "summary": marks.get("summary", ""),
        "description": inspect.cleandoc(marks.get("description") or route.handler.__doc__ or ""),
        "parameters": _parameters(marks, path),
        "responses": _responses(marks, path),
        **{name: marks[name] for name in ("requestBody", "deprecated", "security") if name in marks},
    }
    for part in marks["schemas"]:
        if part["location"] == "json":
            required = has_required_fields(part["schema"])
            operation["requestBody"] = {"content": _content(part["schema"], "application/json"), "required": required}
    return operation


def _parameters(marks: dict[str, Any], path: str) -> list[dict[str, Any]]:
    schemas = {part["location"]: part["schema"] for part in marks["schemas"] if part["location"] != "json"}
    described = schemas["match_info"].fields if "match_info" in schemas else {}
    plain = [
        {"in": "path", "name": name, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
        if name not in described
    ]
    return [*({"in": location, "schema": schema} for location, schema in schemas.items()), *plain, *marks["parameters"]]


def _responses(marks: dict[str, Any], path: str) -> dict[str, Any]:
    responses: dict[int, Any] = {status: _PROBLEMS[status][0] for status in _statuses_by_rule(marks, path)}
    for code, given in marks["responses"].items():
        status = int(code)
        response = _response(status, given, marks.get("produces", []))
        if status in responses and "schema" not in given:
            response["description"] = f"{_PROBLEMS[status][1]}\n\n{response['description']}"
        if "limits" in marks:
            response["headers"] = _LIMIT_HEADERS | response.get("headers", {})
        responses[status] = response
    return {str(status): response for status, response in sorted(responses.items())}


def _response(status: int, given: dict[str, Any], produces: list[str]) -> dict[str, Any]:
    response = {"description": given.get("description") or HTTPStatus(status).phrase}
    if "headers" in given:
        response["headers"] = given["headers"]
    if status in _WITHOUT_BODY:
        return response
    if "schema" in given:
        response["content"] = _content(given["schema"], "application/json")
    elif status >= HTTPStatus.BAD_REQUEST:
        response["content"] = _problem()
    elif produces != ["application/json"]:
        response["content"] = {media_type: {"schema": {"type": "string"}} for media_type in produces}
    return response


def _statuses_by_rule(marks: dict[str, Any], path: str) -> Iterator[int]:
    locations = {part["location"] for part in marks["schemas"]}
    if "json" in locations:
        yield from (400, 413, 415, 422)
    if locations & {"querystring", "headers"}:
        yield 422
    if "querystring" in locations:
        yield 400
    if "{" in path:
        yield 404
    if marks.get("security"):
        yield 401
    if "limits" in marks:
        yield 429
    if TAG not in marks.get("tags", []):
        yield 503


def _content(schema: type[Schema] | Schema, media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": schema}}


def _problem() -> dict[str, Any]:
    return _content(ProblemOut, "application/problem+json")


def _component(schema: type[Schema] | Schema) -> str | None:
    """Return the name of a schema in the document: `EventOut` is `Event`. None for a narrowed one: it is inlined."""
    if isinstance(schema, type):
        return schema.__name__.removesuffix("Out")
    if schema.only or schema.exclude:
        return None
    name = type(schema).__name__.removesuffix("Out")
    return f"Partial{name}" if schema.partial else name
