"""Query parameters: which are known, and what repeated and empty ones mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import chain
from typing import Any, TypedDict, TypeVar

from marshmallow import RAISE, ValidationError, fields
from multidict import MultiMapping

from adapters.http.shared.field_errors import MAX_ERRORS, MAX_PATH, Errors, flatten_messages
from adapters.http.shared.request_schemas import RequestSchema

T = TypeVar("T")


class AnyOf(fields.List[T]):
    """A parameter that may be repeated, for what matches any of its values. Loads a tuple without duplicates."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        try:
            return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **options)))
        except ValidationError as error:
            messages = chain.from_iterable(flatten_messages(error.messages).values())
            raise ValidationError(list(dict.fromkeys(messages))) from None


class NoValues(TypedDict):
    """What is read from a query without parameters."""


class NoParameters(RequestSchema[NoValues]):
    """The query of a list that takes no parameters."""


def read_query(sent: MultiMapping[str], schema: RequestSchema[Any]) -> tuple[dict[str, Any], Errors]:
    """Return the parameters that a schema declares, and an error for each that is unknown or wrongly repeated.

    An empty parameter counts as absent, since forms send their empty fields too.
    """
    declared = {field.data_key or name: field for name, field in schema.load_fields.items()}
    values: dict[str, Any] = {}
    errors: Errors = {}
    for name in dict.fromkeys(sent):
        texts = [text for text in sent.getall(name) if text]
        if name not in declared:
            if schema.unknown == RAISE and len(errors) < MAX_ERRORS:
                errors[name[:MAX_PATH]] = [_refuse_unknown(name[:MAX_PATH], declared)]
        elif isinstance(declared[name], fields.List):
            values |= {name: texts} if texts else {}
        elif len(texts) > 1:
            errors[name] = [f"Is sent {len(texts)} times; send it once."]
        elif texts:
            values[name] = texts[0]
    return values, errors


def _refuse_unknown(name: str, declared: Iterable[str]) -> str:
    names = list(declared)
    if nearest := get_close_matches(name.lower(), names, n=1):
        return f"Unknown parameter. Did you mean {nearest[0]}?"
    return f"Unknown parameter. There are {', '.join(names)}." if names else "Unknown parameter. This list takes none."
