"""Everything that is stored about a person, as one JSON object. Secrets and their hashes are left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import fields, validate

from adapters.http.api.accounts.schemas import AuditEntryOut, UserOut
from adapters.http.api.alerts.schemas import SubscriptionOut
from adapters.http.api.booking.schemas import BookingOut, PaymentOut
from adapters.http.api.catalog.schemas import EventOut
from adapters.http.api.notifications.schemas import InboxOut
from adapters.http.api.webhooks.schemas import WebhookOut
from adapters.http.shared.fields import Id, Moment
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.accounts.links import LinkPurpose
from core.accounts.model import MAX_PASSWORD
from core.booking.model import Channel
from core.booking.ports import BookingView
from core.notifications.model import Notification
from core.personal_data.model import PersonalRecords
from core.shared.messages import MessageStatus


@dataclass(frozen=True, slots=True)
class DeleteAccountBody:
    current_password: str


class DeleteAccountIn(RequestSchema[DeleteAccountBody]):
    current_password = fields.String(required=True, validate=validate.Length(1, MAX_PASSWORD))

    stand_ins: ClassVar = {"current_password": "-"}


class StoredSessionOut(ResponseSchema):
    """A session that is live, or was and is not forgotten yet."""

    id = Id()
    device = fields.String(metadata={"description": "The client's User-Agent when it signed in."})
    created_at = Moment()
    last_used_at = Moment()
    expires_at = Moment()
    revoked_at = Moment(allow_none=True)


class StoredLinkOut(ResponseSchema):
    """A one-time link that was sent. Its secret is not stored."""

    purpose = fields.Enum(LinkPurpose, by_value=True)
    email = fields.String(metadata={"format": "email"})
    expires_at = Moment()


class StoredOrganizerRequestOut(ResponseSchema):
    """The request to become an organizer."""

    message = fields.String()
    requested_at = Moment()


class VisitorNameOut(ResponseSchema):
    """What was given for a booking without an account."""

    full_name = fields.String()
    email = fields.String(metadata={"format": "email"})


class StoredBookingOut(BookingOut):
    """A booking, and how it was made."""

    channel = fields.Enum(Channel, by_value=True)
    visitor = fields.Nested(VisitorNameOut, allow_none=True)

    def flatten(self, view: BookingView) -> dict[str, Any]:
        return super().flatten(view) | {"channel": view.booking.channel, "visitor": view.booking.visitor}


class StoredPaymentOut(PaymentOut):
    """An attempt to pay a booking."""

    id = Id()
    booking_id = Id()
    created_at = Moment()
    updated_at = Moment()


class StoredKeyOut(ResponseSchema):
    """An `Idempotency-Key` that was sent, and the booking it made."""

    key = fields.String()
    event_id = Id()
    booking_id = Id()


class StoredSubscriptionOut(SubscriptionOut):
    """A subscription, confirmed or not."""

    confirmed_at = Moment(allow_none=True)


class SentAlertOut(ResponseSchema):
    """What the last alert about an event said."""

    email = fields.String(metadata={"format": "email"})
    event_id = Id()
    start_time = Moment()
    venue = fields.String(allow_none=True)
    city = fields.String(allow_none=True)
    is_cancelled = fields.Boolean()


class StoredMessageOut(InboxOut):
    """A message, and whether it was sent."""

    email = fields.String(metadata={"format": "email"})
    status = fields.Enum(MessageStatus, by_value=True)
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True)
    sent_at = Moment(allow_none=True)

    def flatten(self, notification: Notification) -> dict[str, Any]:
        return super().flatten(notification) | {
            "email": notification.message.email,
            "status": notification.status,
            "attempts": notification.attempts,
            "last_error": notification.last_error,
            "sent_at": notification.sent_at,
        }


class PersonalDataOut(ResponseSchema):
    exported_at = Moment()
    account = fields.Nested(UserOut)
    sessions = fields.List(fields.Nested(StoredSessionOut))
    links = fields.List(fields.Nested(StoredLinkOut))
    organizer_request = fields.Nested(StoredOrganizerRequestOut, allow_none=True)
    bookings = fields.List(fields.Nested(StoredBookingOut))
    payments = fields.List(fields.Nested(StoredPaymentOut))
    idempotency_keys = fields.List(fields.Nested(StoredKeyOut))
    subscriptions = fields.List(fields.Nested(StoredSubscriptionOut))
    sent_alerts = fields.List(fields.Nested(SentAlertOut))
    messages = fields.List(fields.Nested(StoredMessageOut))
    webhooks = fields.List(fields.Nested(WebhookOut))
    events = fields.List(fields.Nested(EventOut))
    audit = fields.List(
        fields.Nested(AuditEntryOut), metadata={"description": "Entries about the account, and of what it did."}
    )

    def flatten(self, item: tuple[PersonalRecords, datetime]) -> dict[str, Any]:
        records, now = item
        return {
            "exported_at": now,
            "account": records.user,
            "sessions": records.sessions,
            "links": records.links,
            "organizer_request": records.organizer_request,
            "bookings": records.bookings,
            "payments": records.payments,
            "idempotency_keys": records.idempotency_records,
            "subscriptions": records.subscriptions,
            "sent_alerts": records.sent_alerts,
            "messages": records.notifications,
            "webhooks": records.webhooks,
            "events": [(view, now, records.user.principal) for view in records.events],
            "audit": records.audit,
        }
