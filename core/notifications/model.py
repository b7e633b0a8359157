"""Notifications: what becomes of a message on its way, and when it is tried again (F1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.notifications.errors import AlreadySent, DeliveryFailed, Misconfigured, Rejected, TryLater
from core.shared.messages import Message, MessageStatus

FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=10), timedelta(hours=6)
MAX_ATTEMPTS = 10
"""With these delays the last try is about a day after the first."""

UNTIL_SET_RIGHT = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=5)
"""So long at most is a webhook left alone that does not answer: it is heard of soon when it is back."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try: delivered when there is no `failure`. `status` is what a webhook answered, if it did."""

    failure: DeliveryFailed | None = None
    status: int | None = None

    @property
    def is_answered(self) -> bool:
        """Whether there was an answer, or no need for one, since the message was not to be sent."""
        return self.status is not None or not isinstance(self.failure, TryLater)


@dataclass(frozen=True, slots=True)
class Notification:
    """A message on its way: how often it was tried, when it is due again, and why the last try failed.

    `response_status` is what the receiver answered then, if it was a webhook and did. `read_at` is when its reader, if
    they have an account, saw it in their inbox.
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

    def settled(self, why: DeliveryFailed | None, now: datetime, status: int | None = None) -> Notification:
        """After a try: delivered when there is no `why`."""
        tried = replace(self, response_status=status)
        return tried.sent(now) if why is None else tried.failed(why, now)

    def sent(self, now: datetime) -> Notification:
        """The receiver has confirmed it. The secret is forgotten."""
        message = replace(self.message, secret=None)
        return replace(self, message=message, status=MessageStatus.SENT, sent_at=now, last_error=None)

    def failed(self, why: DeliveryFailed, now: datetime) -> Notification:
        """It was not delivered. What the receiver rejects is dead at once; a mistake in our settings costs no try."""
        told = replace(self, last_error=why.reason[:LONGEST_REASON])
        match why:
            case Misconfigured():
                return replace(told, attempts=self.attempts - 1, due_at=now + UNTIL_SET_RIGHT)
            case Rejected():
                return replace(told, status=MessageStatus.DEAD)
            case TryLater(after=after) if self.attempts < MAX_ATTEMPTS:
                asked = timedelta(seconds=after or 0)
                return replace(told, due_at=now + max(delay_after(self.attempts), asked))
        return replace(told, status=MessageStatus.DEAD)

    def put_back(self, now: datetime) -> Notification:
        """It was claimed and not tried, as there was no time left: due at once, and no try is counted."""
        return replace(self, attempts=self.attempts - 1, due_at=now)

    def may_become(self, settled: Notification, until: datetime) -> bool:
        """Whether whoever claimed it until then may still say what became of it.

        Not when it was claimed anew or retried since: what comes of that counts. Not that it waits, when it was laid to
        rest with its webhook. But what a person was sent is sent, whoever has it by now.
        """
        is_revived = self.status is MessageStatus.DEAD and settled.status is MessageStatus.WAITING
        is_theirs = self.due_at == until and not is_revived
        has_reached_somebody = settled.status is MessageStatus.SENT and self.message.webhook_id is None
        return self.status is not MessageStatus.SENT and (is_theirs or has_reached_somebody)

    def retried(self, now: datetime) -> Notification:
        """Due now, with all its tries before it. Raises AlreadySent."""
        if self.status is MessageStatus.SENT:
            raise AlreadySent("This notification was sent.")
        return replace(self, status=MessageStatus.WAITING, attempts=0, due_at=now)


@dataclass(frozen=True, slots=True)
class Turn:
    """What is delivered to a webhook now: until it is over, or it is `until`, nobody else delivers to it.

    `unanswered` is how many of its turns in a row had no answer; it is left alone until `rests_until`.
    """

    webhook_id: UUID
    claimed: Sequence[Notification]
    until: datetime
    unanswered: int = 0
    rests_until: datetime | None = None

    def over(self, outcomes: Collection[Outcome], now: datetime) -> Turn:
        """After all was tried. A webhook that did not answer at all has to wait for its next turn, longer each time."""
        if not outcomes:
            return self
        if any(each.is_answered for each in outcomes):
            return replace(self, unanswered=0)
        unanswered = self.unanswered + 1
        return replace(self, unanswered=unanswered, rests_until=now + min(delay_after(unanswered), LONGEST_REST))


def delay_after(attempts: int) -> timedelta:
    """Ten seconds after the first try, three times as long after each of the next, never more than six hours."""
    growth = min(max(attempts - 1, 0), MAX_ATTEMPTS)
    return min(FIRST_DELAY * int(3**growth), LONGEST_DELAY)
