"""The kinds of refusal. Slices define subclasses; only `adapters/http` knows the status codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

RETRY_TIMED_OUT_SECONDS = 10
"""What takes too long now will hardly be fast in a second."""


class Refusal(Exception):
    """The platform refuses a request, and says why.

    `code` is a stable kebab-case slug, `detail` a sentence for a person, `facts` what a program may need to react to
    it (the seats that are taken, when the ticket was used). Subclass a kind, never this class.
    """

    code: ClassVar[str]

    def __init__(self, detail: str, /, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, object] = facts


class NotFound(Refusal):
    """The thing does not exist, or this user may not see it."""

    code = "not-found"


class Invalid(Refusal):
    """The request makes no sense; repeating it will not help."""

    code = "invalid"


class InvalidFields(Invalid):
    """Some fields are invalid; `errors` maps the name of each to its messages."""

    code = "invalid-fields"

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        summary = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in errors.items())
        super().__init__(f"Some fields are invalid. {summary}", errors=dict(errors))
        self.errors = dict(errors)

    def rename_fields(self, names: Mapping[str, str]) -> None:
        """Name fields as the request did: `names` has the name that it used for each, where that differs."""
        if not names.keys().isdisjoint(self.errors):
            InvalidFields.__init__(self, {names.get(field, field): found for field, found in self.errors.items()})


def check_together(*checks: Callable[[], object]) -> None:
    """Run all checks. Raises InvalidFields with the errors of all that fail; the first one counts for a field."""
    errors: dict[str, list[str]] = {}
    for check in checks:
        try:
            check()
        except InvalidFields as refusal:
            errors |= {field: found for field, found in refusal.errors.items() if field not in errors}
    if errors:
        raise InvalidFields(errors)


class Conflict(Refusal):
    """The request is valid, but not in the current state."""

    code = "conflict"


class Stale(Conflict):
    """The thing was changed since the client read it."""

    code = "stale"


class Forbidden(Refusal):
    """This user may not do that."""

    code = "forbidden"


class Unauthenticated(Refusal):
    """The request does not prove who makes it."""

    code = "unauthenticated"


class PaymentRequired(Refusal):
    """A payment is required first."""

    code = "payment-required"


class TooMany(Refusal):
    """Too many requests; wait."""

    code = "too-many-requests"


class Unavailable(Refusal):
    """Something the platform needs is unavailable; the same request may succeed later."""

    code = "unavailable"


class TimedOut(Unavailable):
    """It took too long and was stopped."""

    code = "timed-out"

    def __init__(self) -> None:
        super().__init__(
            "This took too long and was stopped. Narrow a search or a list, as by a city, a category or a day; send "
            "anything else again in a moment.",
            retry_after=RETRY_TIMED_OUT_SECONDS,
        )
