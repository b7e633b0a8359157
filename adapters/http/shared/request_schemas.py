"""Typed request bodies, paths, queries and headers: a schema checks what was sent, the handler gets a typed value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from aiohttp import web
from marshmallow import Schema, fields, missing

T = TypeVar("T")


class RequestSchema(Schema, Generic[T]):
    """One part of a request. It builds a `T`: a dataclass or a TypedDict whose fields are named as the schema's.

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

    stand_ins: ClassVar[Mapping[str, Any]] = {}
    """Valid values that `check` gets in place of invalid ones, for rules about which fields are sent; a field with a
    default needs none.
    """

    value_type: type[Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for base in cls.__dict__.get("__orig_bases__", ()):
            if isinstance(origin := get_origin(base), type) and issubclass(origin, RequestSchema):
                cls.value_type = get_args(base)[0]

    def read_value(self, name: str, value: object) -> object:
        """Return the value of a field that was sent under this name. Override it where a name takes more forms."""
        return value

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        """Check what the schema's fields can't: the rules of the model. Raises InvalidFields.

        `data` has the fields that are valid by themselves, even if others are not, so that a request gets all its
        errors at once; what this finds about a field that is already known to be invalid is dropped.
        """

    def replace_invalid(self, data: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the valid fields of what was sent, with the stand-ins of the others, also in nested schemas."""
        completed = dict(data)
        for name, field in self.load_fields.items():
            inner = field.schema if isinstance(field, fields.Nested) else None
            if isinstance(inner, RequestSchema) and isinstance(sent.get(name), Mapping):
                completed[name] = inner.replace_invalid(data.get(name, {}), sent[name])
            elif name in sent and name not in data:
                completed |= {name: self.stand_ins.get(name, field.load_default)}
        return {name: value for name, value in completed.items() if value is not missing}

    def build(self, data: dict[str, Any]) -> T:
        """Build the value from the fields that were sent, which are all valid."""
        value: T = self.value_type(**data)
        return value


PARSED = web.RequestKey[dict[type[RequestSchema[Any]], Any]]("parsed")
"""What the validation middleware has loaded, by the schema that loaded it."""


def get_input(request: web.Request, schema: type[RequestSchema[T]]) -> T:
    """Return what was sent for a schema that the handler declares. Raises KeyError for any other schema."""
    value: T = request[PARSED][schema]
    return value
