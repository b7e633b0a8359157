"""The base of every response schema."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields

from adapters.http.shared.fields import Id


class ResponseSchema(Schema):
    """One object of a response body: which fields of a domain object are shown, and how."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._serializers = tuple(
            (name, None if _is_written_unchanged(field) else field._serialize)
            for name, field in self.dump_fields.items()
        )

    def flatten(self, thing: Any) -> Any:
        """Return a mapping with a key, or an object with an attribute, for every field."""
        return thing

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # Responses use no hooks, defaults or dotted paths. Without them marshmallow's fields serialize in a third of
        # the time, which is most of what a long list costs. A missing value is an error here.
        if many:
            return [self.dump(each) for each in obj]
        flat = self.flatten(obj)
        value_of = flat.__getitem__ if isinstance(flat, dict) else partial(getattr, flat)
        return {
            name: value_of(name) if serialize is None else serialize(value_of(name), name, flat)
            for name, serialize in self._serializers
        }


class AcceptedOut(ResponseSchema):
    """The answer to a request that is carried out later, or only if it may be."""

    message = fields.String()


def _is_written_unchanged(field: fields.Field[Any]) -> bool:
    """Return whether `to_json` writes the value of a field exactly as the field itself would."""
    return type(field) in (Id, fields.String) or (isinstance(field, fields.Enum) and field.by_value is True)
