"""The kinds of refusal. A slice names its refusals as subclasses; only `adapters/http` knows their status codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):
    """The platform says no, and why.

    `code` is a stable kebab-case slug, `detail` a sentence for a person, `facts` what a program may need to
    act on it (the seats that are taken, when the ticket was used). Subclass a kind, never this class.
    """

    code: ClassVar[str]

    def __init__(self, detail: str, /, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, object] = facts


class NotFound(Refusal):
    """There is no such thing, or not for this person."""

    code = "not-found"


class Invalid(Refusal):
    """What was asked makes no sense; asking again changes nothing."""

    code = "invalid"


class InvalidFields(Invalid):
    """Some fields are wrong; `errors` maps each field's name to what is wrong with it."""

    code = "invalid-fields"

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        told = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in errors.items())
        super().__init__(f"Some fields are not right. {told}", errors=dict(errors))
        self.errors = dict(errors)


class Conflict(Refusal):
    """It makes sense, but not in the present state of things."""

    code = "conflict"


class Stale(Conflict):
    """It has been changed since it was read; what was asked is for a state that is no more (C8)."""

    code = "stale"


class Forbidden(Refusal):
    """This person may not do that."""

    code = "forbidden"


class Unauthenticated(Refusal):
    """It is not known who is asking."""

    code = "unauthenticated"


class PaymentRequired(Refusal):
    """It has to be paid first."""

    code = "payment-required"


class TooMany(Refusal):
    """Too often; wait."""

    code = "too-many-requests"


class Unavailable(Refusal):
    """Something the platform needs does not answer; the same request may succeed later."""

    code = "unavailable"
