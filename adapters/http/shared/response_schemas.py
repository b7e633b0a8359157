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
        self._names = tuple(self.dump_fields)
        self._serializers = tuple(
            (name, field._serialize) for name, field in self.dump_fields.items() if not _is_written_unchanged(field)
        )

    def flatten(self, thing: Any) -> Any:
        """Return a mapping with a key, or an object with an attribute, for every field."""
        return thing

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # Responses use no hooks, defaults or dotted paths, and most values are written as they are. So this takes a
        # tenth of marshmallow's time, which is most of what a long list costs. A missing value is an error here.
        if many:
            return [self.dump(each) for each in obj]
        flat = self.flatten(obj)
        value_of = flat.__getitem__ if isinstance(flat, dict) else partial(getattr, flat)
        shown = dict(zip(self._names, map(value_of, self._names), strict=True))
        for name, serialize in self._serializers:
            shown[name] = serialize(shown[name], name, flat)
        return shown


class AcceptedOut(ResponseSchema):
    """The answer to a request that is carried out later, or only if it may be."""

    message = fields.String()


def _is_written_unchanged(field: fields.Field[Any]) -> bool:
    """Return whether `to_json` writes the value of a field exactly as the field itself would."""
    if isinstance(field, fields.List):
        return _is_written_unchanged(field.inner)
    if isinstance(field, fields.Enum):
        return field.by_value is True
    return type(field) in (Id, fields.String, fields.Integer, fields.Float, fields.Boolean)
