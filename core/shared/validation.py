"""Refusing invalid fields: all mistakes of something new, and only the new mistakes of something that is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.shared.errors import InvalidFields

FieldError = tuple[str, str]
"""The name of a field, and what is wrong with its value."""


def must_be_valid(errors: Iterable[FieldError]) -> None:
    """Raise InvalidFields with these errors if there are any."""
    by_field: dict[str, list[str]] = {}
    for field, message in errors:
        by_field.setdefault(field, []).append(message)
    if by_field:
        raise InvalidFields(by_field)


def must_not_become_invalid(
    before: Iterable[FieldError], after: Iterable[FieldError], *, given: Collection[str]
) -> None:
    """Raise InvalidFields with the errors after a change that are in the `given` fields or that the change causes.

    An error that was there before, in a field that was not given, is no reason to refuse: what was gathered or stored
    under an older rule can still be hidden and edited.
    """
    known = set(before)
    must_be_valid(error for error in after if error[0] in given or error not in known)
