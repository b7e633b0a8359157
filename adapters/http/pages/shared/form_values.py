"""Load a form through a request schema of the API, so that pages and API check fields by the same rules."""

from __future__ import annotations

from typing import Any, TypeVar

from aiohttp import web
from marshmallow import fields

from adapters.http.middleware.validation import Sent, load_values
from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.forms import FORM, Form
from adapters.http.shared.request_schemas import RequestSchema
from core.shared.errors import InvalidFields

T = TypeVar("T")

FILL_IN = "Please fill this in."


def form(request: web.Request) -> Form:
    """Return the form of a page's request."""
    return request[FORM]


def load_form(request: web.Request, schema: type[RequestSchema[T]], **more: Any) -> T:
    """Return the typed value of the form. Empty fields count as not sent; `more` are values that are not typed.

    Raises InvalidFields with the errors of all fields at once.
    """
    instance = schema()
    values = _read(form(request), instance) | more
    sent = Sent(values, find_forbidden_characters(values, instance), {})
    value: T | None
    value, errors = load_values(request, instance, sent, whole="form")
    if value is None:
        raise InvalidFields({name: [_in_words(message) for message in found] for name, found in errors.items()})
    return value


def _in_words(message: str) -> str:
    """Return a message as a form words it: programs don't fill in fields."""
    return FILL_IN if message == fields.Field.default_error_messages["required"] else message


def _read(sent: Form, schema: RequestSchema[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in schema.load_fields.items():
        key = field.data_key or name
        if isinstance(field, fields.List):
            values |= {key: texts} if (texts := [text for text in sent.all(key) if text]) else {}
        elif text := sent.raw(key) if "password" in key else sent.text(key):
            values[key] = text
    return values
