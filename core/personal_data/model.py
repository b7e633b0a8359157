"""What is stored about a person, and what they still owe others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.accounts.links import Link
from core.accounts.model import OrganizerRequest, User
from core.accounts.sessions import Session
from core.alerts.messages import SentAlert
from core.alerts.model import Subscription
from core.booking.model import EventSummary
from core.booking.payment import Payment
from core.booking.ports import BookingView
from core.booking.requests import IdempotencyRecord
from core.catalog.model import EventView
from core.notifications.model import Notification
from core.personal_data.errors import HasUpcomingBookings, HasUpcomingEvents
from core.shared.audit import AuditEntry
from core.shared.text import count_of
from core.webhooks.model import Webhook

NAME_OF_NOBODY = "Deleted account"
"""What is written instead of a name where something has to be."""


@dataclass(frozen=True, slots=True)
class PersonalRecords:
    """Everything that is stored about a person.

    What belongs to their verified address without an account is theirs, too: bookings, subscriptions and messages.
    `notifications` are those to the person; deliveries to their webhooks are about other people. `audit` has the
    entries about them and those of what they did. Lists have the newest first.
    """

    user: User
    sessions: Sequence[Session]
    links: Sequence[Link]
    organizer_request: OrganizerRequest | None
    bookings: Sequence[BookingView]
    payments: Sequence[Payment]
    idempotency_records: Sequence[IdempotencyRecord]
    subscriptions: Sequence[Subscription]
    sent_alerts: Sequence[SentAlert]
    notifications: Sequence[Notification]
    webhooks: Sequence[Webhook]
    events: Sequence[EventView]
    audit: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class Commitments:
    """What keeps a person from deleting their account.

    `bookings` are active and of events that have not ended; `events` are those they organize that have neither ended
    nor been cancelled. Both begin with the earliest event.
    """

    bookings: Sequence[BookingView] = ()
    events: Sequence[EventSummary] = ()

    def must_be_none(self) -> None:
        """Raise HasUpcomingEvents or HasUpcomingBookings if there are any."""
        if self.events:
            raise HasUpcomingEvents(
                f"You organize {count_of(len(self.events), 'event')} that people may come to. Cancel or delete each of "
                "them first, or wait until it has ended.",
                events=[str(event.id) for event in self.events],
            )
        if self.bookings:
            raise HasUpcomingBookings(
                f"You have {count_of(len(self.bookings), 'booking')} of events that have not ended. Cancel each of "
                "them first: what you paid is refunded. After its start, wait until the event has ended.",
                bookings=[str(view.booking.id) for view in self.bookings],
            )
