"""Decorators that declare what a handler takes, returns and refuses.

The first six are aiohttp-apispec's decorators, with types. They only attach marks to the handler: the validation
middleware reads `__schemas__`, the OpenAPI document is built from `__apispec__`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import aiohttp_apispec
from aiohttp.typedefs import Handler
from marshmallow import Schema

from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.statuses import status_of
from core.shared.errors import Refusal

H = TypeVar("H", bound=Handler)

NEEDED = "x-needed"
"""In the metadata of a parameter: required, but the use case says so and not the schema, with a code of its own."""


class _TakesSchema(Protocol):
    def __call__(self, schema: type[RequestSchema[Any]], /) -> Callable[[H], H]: ...


class _ReturnsSchema(Protocol):
    def __call__(
        self, schema: type[Schema] | Schema, code: int = 200, *, description: str | None = None
    ) -> Callable[[H], H]: ...


class _Describes(Protocol):
    def __call__(self, *, tags: Iterable[str], summary: str, **more: object) -> Callable[[H], H]: ...


docs: _Describes = aiohttp_apispec.docs
match_info_schema: _TakesSchema = aiohttp_apispec.match_info_schema
querystring_schema: _TakesSchema = aiohttp_apispec.querystring_schema
headers_schema: _TakesSchema = aiohttp_apispec.headers_schema
json_schema: _TakesSchema = aiohttp_apispec.json_schema
response_schema: _ReturnsSchema = aiohttp_apispec.response_schema


def refuses(*refusals: int | type[Refusal]) -> Callable[[H], H]:
    """Declare a handler's own refusals: as statuses or, better, as classes, whose codes the document then explains.

    What follows from the rest of the declaration (401, 404, 422 …) need not be repeated; see `openapi`. Several
    declarations of one status add up.
    """
    reasons: dict[int, list[str]] = {}
    for refusal in refusals:
        if isinstance(refusal, type):
            reasons.setdefault(status_of(refusal), []).append(f"- `{refusal.code}`: {inspect.getdoc(refusal)}")
        else:
            reasons.setdefault(refusal, [])

    def declare(handler: H) -> H:
        responses = declaration(handler)["responses"]
        for status, lines in reasons.items():
            known = responses.get(str(status), {}).get("description", "")
            all_lines = [*([known] if known else []), *lines]
            responses[str(status)] = {"description": "\n".join(all_lines) or HTTPStatus(status).phrase}
        return handler

    return declare


def is_for_people(handler: Handler) -> bool:
    """Return whether a handler is one of the pages, which the API's document leaves out."""
    return "__page__" in getattr(handler, "__dict__", {})


def declaration(handler: Handler) -> dict[str, Any]:
    """Return the mark that aiohttp-apispec's decorators share, in the form of Swagger 2. Creates a missing one."""
    marks = vars(handler)
    if "__apispec__" not in marks:
        marks.update(__apispec__={"schemas": [], "responses": {}, "parameters": []}, __schemas__=[])
    mark: dict[str, Any] = marks["__apispec__"]
    return mark
