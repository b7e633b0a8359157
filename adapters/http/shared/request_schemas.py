"""Typed request bodies, paths, queries and headers: a schema checks what was sent, the handler gets a typed value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from aiohttp import web
from marshmallow import Schema, post_load

T = TypeVar("T")


class RequestSchema(Schema, Generic[T]):
    """One part of a request. It loads a `T`: a dataclass or a TypedDict whose fields are named as the schema's.

        @dataclass(frozen=True, slots=True)
        class LogInBody:
            email: str
            password: str

        class LogInIn(RequestSchema[LogInBody]):
            email = fields.String(required=True)
            password = fields.String(required=True)

    A field that was not sent is left to the default of the dataclass. Override `build` where names or values differ.
    """

    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names that a request may use for fields, each with the name of its field."""

    value_type: type[Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for base in cls.__dict__.get("__orig_bases__", ()):
            if isinstance(origin := get_origin(base), type) and issubclass(origin, RequestSchema):
                cls.value_type = get_args(base)[0]

    def read_value(self, name: str, value: object) -> object:
        """Return the value of a field that was sent under this name. Override it where a name takes more forms."""
        return value

    def build(self, data: dict[str, Any]) -> T:
        """Build the value from the fields that were sent."""
        value: T = self.value_type(**data)
        return value

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> T:
        return self.build(data)


PARSED = web.RequestKey[dict[type[RequestSchema[Any]], Any]]("parsed")
"""What the validation middleware has loaded, by the schema that loaded it."""


def get_input(request: web.Request, schema: type[RequestSchema[T]]) -> T:
    """Return what was sent for a schema that the handler declares. Raises KeyError for any other schema."""
    value: T = request[PARSED][schema]
    return value
