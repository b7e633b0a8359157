"""Notifications: the delivery state of a message, and the rules of its retries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.notifications.errors import AlreadySent, DeliveryFailed, Misconfigured, Rejected, TryLater
from core.shared.messages import Message, MessageStatus

FIRST_RETRY_DELAY, MAX_RETRY_DELAY = timedelta(seconds=10), timedelta(hours=6)
MAX_ATTEMPTS = 10
"""With these delays the last attempt is about a day after the first."""

MISCONFIGURED_RETRY_DELAY = timedelta(minutes=1)
MAX_WEBHOOK_PAUSE = timedelta(minutes=5)
"""The longest pause of a webhook that does not answer, so that deliveries resume soon after it is back."""

MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The result of one attempt: sent if there is no `failure`. `status` is the HTTP status of a webhook's response."""

    failure: DeliveryFailed | None = None
    status: int | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the receiver responded, or did not have to, since the message was not to be sent."""
        return self.status is not None or not isinstance(self.failure, TryLater)


@dataclass(frozen=True, slots=True)
class Notification:
    """A message with its number of attempts, the time when it is due (again), and why the last attempt failed.

    `response_status` is the HTTP status of a webhook's last response. `read_at` is when the recipient, if they have an
    account, marked it as read in their inbox.
    """

    message: Message
    status: MessageStatus
    attempts: int
    due_at: datetime
    last_error: str | None = None
    response_status: int | None = None
    sent_at: datetime | None = None
    read_at: datetime | None = None

    @property
    def id(self) -> UUID:
        return self.message.id

    def with_outcome(self, outcome: DeliveryOutcome, now: datetime) -> Notification:
        """Return it as it is after an attempt."""
        attempted = replace(self, response_status=outcome.status)
        return attempted.mark_sent(now) if outcome.failure is None else attempted.mark_failed(outcome.failure, now)

    def mark_sent(self, now: datetime) -> Notification:
        """Return it as sent, without its secret."""
        message = replace(self.message, secret=None)
        return replace(self, message=message, status=MessageStatus.SENT, sent_at=now, last_error=None)

    def mark_failed(self, failure: DeliveryFailed, now: datetime) -> Notification:
        """Return it as waiting for its next attempt, or dead after the last one or a rejection.

        An attempt that failed because of our own settings is not counted.
        """
        failed = replace(self, last_error=failure.reason[:MAX_REASON_LENGTH])
        match failure:
            case Misconfigured():
                return replace(failed, attempts=self.attempts - 1, due_at=now + MISCONFIGURED_RETRY_DELAY)
            case Rejected():
                return replace(failed, status=MessageStatus.DEAD)
            case TryLater(after=after) if self.attempts < MAX_ATTEMPTS:
                requested = timedelta(seconds=after or 0)
                return replace(failed, due_at=now + max(retry_delay(self.attempts), requested))
        return replace(failed, status=MessageStatus.DEAD)

    def release(self, now: datetime) -> Notification:
        """Return it as due at once, without counting the claim: there was no time to send it."""
        return replace(self, attempts=self.attempts - 1, due_at=now)

    def can_record(self, result: Notification, until: datetime) -> bool:
        """Return whether the process that had claimed it until `until` may still store this result.

        Not if it has been sent, claimed again or retried since, and not "waiting" if it is dead by now because its
        webhook was disabled. But "sent" to a person is recorded even if another process has claimed it since.
        """
        would_revive = self.status is MessageStatus.DEAD and result.status is MessageStatus.WAITING
        is_current_claim = self.due_at == until and not would_revive
        was_sent_to_person = result.status is MessageStatus.SENT and self.message.webhook_id is None
        return self.status is not MessageStatus.SENT and (is_current_claim or was_sent_to_person)

    def retry(self, now: datetime) -> Notification:
        """Return it as due now, with all its attempts available again. Raises AlreadySent."""
        if self.status is MessageStatus.SENT:
            raise AlreadySent("This notification has already been sent.")
        return replace(self, status=MessageStatus.WAITING, attempts=0, due_at=now)


@dataclass(frozen=True, slots=True)
class MessageText:
    """An email as plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class WebhookBatch:
    """The notifications being sent to one webhook, leased until `until` at the latest: no other process sends to it.

    `unanswered` counts its last consecutive batches without a response, for which it is paused until `paused_until`.
    """

    webhook_id: UUID
    claimed: Sequence[Notification]
    until: datetime
    unanswered: int = 0
    paused_until: datetime | None = None

    def with_outcomes(self, outcomes: Collection[DeliveryOutcome], now: datetime) -> WebhookBatch:
        """Return it after all attempts. A webhook that answered none of them is paused, longer each time."""
        if not outcomes:
            return self
        if any(each.is_answered for each in outcomes):
            return replace(self, unanswered=0)
        unanswered = self.unanswered + 1
        return replace(self, unanswered=unanswered, paused_until=now + min(retry_delay(unanswered), MAX_WEBHOOK_PAUSE))


def retry_delay(attempts: int) -> timedelta:
    """Return ten seconds after the first attempt, three times as long after each further one, at most six hours."""
    growth = min(max(attempts - 1, 0), MAX_ATTEMPTS)
    return min(FIRST_RETRY_DELAY * int(3**growth), MAX_RETRY_DELAY)
