"""Reasons why a message could not be sent, which decide whether it is retried; and refusals."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound


class DeliveryFailed(Exception):
    """`reason` is one line for an operator, without secrets. `status` is the HTTP status of a webhook's response."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class TryLater(DeliveryFailed):
    """The receiver is unreachable, busy or slow. `after` is the wait that it asked for, in seconds."""

    def __init__(self, reason: str, after: float | None = None, *, status: int | None = None) -> None:
        super().__init__(reason, status=status)
        self.after = after


class Rejected(DeliveryFailed):
    """The receiver will never accept this message, though it may accept others."""


class Misconfigured(DeliveryFailed):
    """The receiver does not accept our settings: nothing can be sent until an operator corrects them."""


class NotificationNotFound(NotFound):
    """There is no such notification, or it is somebody else's."""

    code = "notification-not-found"


class AlreadySent(Conflict):
    """The notification was sent, and sending it again would deliver it twice."""

    code = "already-sent"
