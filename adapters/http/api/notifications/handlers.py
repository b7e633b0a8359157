"""Notifications: one's inbox, and everybody's for admins."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import Schema, fields, validate

from adapters.http.app import use_cases
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import Id, Moment, PageQuery, ResponseSchema, page_request, page_schema
from adapters.http.shared.responses import json_response, no_content_response, page_response
from core.notifications.errors import AlreadySent, NotificationNotFound
from core.notifications.managing import ListNotifications, RetryNotification
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.notifications.reading_inbox import MarkRead, ReadInbox
from core.shared.errors import Forbidden
from core.shared.messages import MessageStatus
from core.shared.paging import BadCursor


class NotificationPath(Schema):
    notification_id = Id(required=True)


class NotificationsQuery(PageQuery):
    status = fields.Enum(MessageStatus, by_value=True)
    topic = fields.String(validate=validate.Length(1, 100), metadata={"example": "account.password-forgotten"})


class InboxOut(ResponseSchema):
    """A notification as its reader sees it."""

    id = Id()
    topic = fields.String()
    payload = fields.Dict(keys=fields.String(), metadata={"description": "What is told, as each topic has it."})
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
    """A notification on its way, as an admin sees it. What is secret about it is shown to nobody."""

    email = fields.String(allow_none=True, metadata={"format": "email", "description": "null: it goes to a webhook."})
    webhook_id = Id(allow_none=True)
    user_id = Id(allow_none=True)
    status = fields.Enum(MessageStatus, by_value=True)
    attempts = fields.Integer()
    due_at = Moment(metadata={"description": "When it is tried next, while it waits."})
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last try failed."})
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


@docs(tags=["notifications"], summary="My inbox", description=ReadInbox.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(InboxOut))
@refuses(BadCursor)
async def read_inbox(request: web.Request) -> web.Response:
    page = await use_cases(request).read_inbox(page_request(request["querystring"]), by=principal(request))
    return page_response(InboxOut, page, request)


@docs(
    tags=["notifications"],
    summary="I have read it",
    description=MarkRead.__doc__,
    responses={204: {"description": "It is noted."}},
)
@requires_sign_in
@match_info_schema(NotificationPath)
@refuses(NotificationNotFound)
async def mark_read(request: web.Request) -> web.Response:
    await use_cases(request).mark_read(request["match_info"]["notification_id"], by=principal(request))
    return no_content_response()


@docs(tags=["administration"], summary="All notifications", description=ListNotifications.__doc__)
@requires_sign_in
@querystring_schema(NotificationsQuery)
@response_schema(page_schema(NotificationOut))
@refuses(Forbidden, BadCursor)
async def list_notifications(request: web.Request) -> web.Response:
    query = request["querystring"]
    wanted = NotificationFilter(query.get("status"), query.get("topic"))
    page = await use_cases(request).list_notifications(wanted, page_request(query), by=principal(request))
    return page_response(NotificationOut, page, request)


@docs(tags=["administration"], summary="Try a notification again", description=RetryNotification.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(NotificationPath)
@response_schema(NotificationOut, description="It is due now.")
@refuses(Forbidden, NotificationNotFound, AlreadySent)
async def retry_notification(request: web.Request) -> web.Response:
    notification = await use_cases(request).retry_notification(
        request["match_info"]["notification_id"], by=principal(request)
    )
    return json_response(NotificationOut, notification)


ROUTES = [
    web.get("/api/me/notifications", read_inbox),
    web.post("/api/me/notifications/{notification_id}/read", mark_read),
    web.get("/api/admin/notifications", list_notifications),
    web.post("/api/admin/notifications/{notification_id}/retry", retry_notification),
]
