"""Requests and responses about notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from adapters.http.shared.fields import Id, Moment
from adapters.http.shared.paging import FilteredPageQuery
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.shared.messages import MessageStatus


@dataclass(frozen=True, slots=True)
class NotificationRef:
    notification_id: UUID


class NotificationPath(RequestSchema[NotificationRef]):
    notification_id = Id(required=True)


class NotificationsQuery(FilteredPageQuery[NotificationFilter]):
    status = fields.Enum(MessageStatus, by_value=True)
    topic = fields.String(validate=validate.Length(1, 100), metadata={"example": "account.password-forgotten"})


class InboxOut(ResponseSchema):
    """A notification as its recipient sees it."""

    id = Id()
    topic = fields.String()
    payload = fields.Dict(keys=fields.String(), metadata={"description": "Its fields depend on the topic."})
    created_at = Moment()
    read_at = Moment(allow_none=True)

    def flatten(self, notification: Notification) -> dict[str, Any]:
        message = notification.message
        return {
            "id": message.id,
            "topic": message.topic,
            "payload": message.payload,
            "created_at": message.created_at,
            "read_at": notification.read_at,
        }


class NotificationOut(InboxOut):
    """A notification and its delivery, as an admin sees it. Its secret is never shown."""

    email = fields.String(allow_none=True, metadata={"format": "email", "description": "null: it goes to a webhook."})
    webhook_id = Id(allow_none=True)
    user_id = Id(allow_none=True)
    status = fields.Enum(MessageStatus, by_value=True)
    attempts = fields.Integer()
    due_at = Moment(metadata={"description": "When the next attempt is due, while it waits."})
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last attempt failed."})
    sent_at = Moment(allow_none=True)

    def flatten(self, notification: Notification) -> dict[str, Any]:
        return super().flatten(notification) | {
            "email": notification.message.email,
            "webhook_id": notification.message.webhook_id,
            "user_id": notification.message.user_id,
            "status": notification.status,
            "attempts": notification.attempts,
            "due_at": notification.due_at,
            "last_error": notification.last_error,
            "sent_at": notification.sent_at,
        }
