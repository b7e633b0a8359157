"""The errors of a request, field by field: lists of messages by the dotted path of the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

MAX_ERRORS = 50
MAX_PATH = 200
"""Further errors, and longer names of fields, are left out: a response must not grow with what was sent."""

Errors = dict[str, list[str]]


def flatten_messages(messages: object, whole: str = "body") -> Errors:
    """Turn marshmallow's nested messages into lists by dotted path; `whole` is the key of those of no single field."""
    errors: Errors = {}
    for path, message in islice(_walk(messages), MAX_ERRORS):
        errors.setdefault(path[:MAX_PATH] or whole, []).append(message)
    return errors


def merge_errors(found: Iterable[Mapping[str, list[str]]]) -> Errors:
    """Merge the errors of several checks. A field that has failed one is left out of later ones, with its parts: they
    would only repeat it.
    """
    merged: Errors = {}
    for errors in found:
        for path, messages in errors.items():
            if not any(_overlap(path, known) for known in merged):
                merged[path] = messages
    return dict(islice(merged.items(), MAX_ERRORS))


def name_as_sent(errors: Mapping[str, list[str]], sent_names: Mapping[str, str]) -> Errors:
    """Return the errors with the names that the request used; `sent_names` has these by the names of the fields."""
    named: Errors = {}
    for path, messages in errors.items():
        field, dot, rest = path.partition(".")
        named[f"{sent_names.get(field, field)}{dot}{rest}"] = messages
    return named


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _walk(messages: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from _walk(message, path)
    else:
        yield path, str(messages)
