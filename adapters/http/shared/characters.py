"""Which characters a text in a request may contain."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marshmallow import Schema

from adapters.http.shared.field_errors import MAX_ERRORS, MAX_PATH, Errors
from adapters.http.shared.fields import Prose, Scanned

_NOT_ALLOWED_IN_PROSE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters other than tabs and line ends; and lone surrogates, which are not text and can't be stored."""
_NOT_ALLOWED_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""The same, every line end, and the characters that change the writing direction until they are closed: an override in
a name would reverse what follows it in a list or an email's subject, and make one name look like another. No language
needs these. Characters that some languages need inside a word or next to a digit (U+200C to U+200F, U+061C) act like
letters and are allowed.
"""
_PROSE_MESSAGE = "Must not contain control characters other than tabs and line ends, nor bytes that are not text."
_LINE_MESSAGE = "Must be one line, without control characters or characters that change the writing direction."


def find_forbidden_characters(data: Mapping[str, object], schema: Schema) -> Errors:
    """Return an error for each text with characters that are not allowed in a line, or in `Prose`, at any depth. What
    was `Scanned` may have any.
    """
    prose = {name for name, field in schema.load_fields.items() if isinstance(field, Prose)}
    scanned = {name for name, field in schema.load_fields.items() if isinstance(field, Scanned)}
    errors: Errors = {}
    pending: list[tuple[str, object]] = [("", {name: value for name, value in data.items() if name not in scanned})]
    while pending and len(errors) < MAX_ERRORS:
        path, value = pending.pop()
        if isinstance(value, str):
            in_prose = path in prose
            if (_NOT_ALLOWED_IN_PROSE if in_prose else _NOT_ALLOWED_IN_LINE).search(value):
                errors[path] = [_PROSE_MESSAGE if in_prose else _LINE_MESSAGE]
        elif isinstance(value, list):
            pending.extend((path, inner) for inner in value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                deeper = f"{path}.{key}".lstrip(".")[:MAX_PATH]
                pending += (deeper, key), (deeper, inner)
    return errors
