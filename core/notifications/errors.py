"""Why a message could not be delivered, and what that means for the next try; and refusals."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound


class DeliveryFailed(Exception):
    """`reason` is one line for an operator, without secrets. `status` is what a webhook answered, if it did."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class TryLater(DeliveryFailed):
    """The receiver is away, busy or slow. `after` is how many seconds it asks to be left alone, if it does."""

    def __init__(self, reason: str, after: float | None = None, *, status: int | None = None) -> None:
        super().__init__(reason, status=status)
        self.after = after


class Rejected(DeliveryFailed):
    """The receiver will never take this message; others it may."""


class Misconfigured(DeliveryFailed):
    """The receiver does not know us: no message gets through until the settings are right."""


class NotificationNotFound(NotFound):
    """There is no such notification, or it is somebody else's."""

    code = "notification-not-found"


class AlreadySent(Conflict):
    """The notification has reached its receiver; sending it again would tell them twice."""

    code = "already-sent"
