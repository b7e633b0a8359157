"""Read the inbox; list and retry all notifications, for admins."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.notifications.schemas import InboxOut, NotificationOut, NotificationPath, NotificationsQuery
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.request_schemas import parsed
from adapters.http.shared.responses import json_response, no_content_response, page_response
from adapters.http.use_cases import use_cases
from core.notifications.errors import AlreadySent, NotificationNotFound
from core.notifications.managing import ListNotifications, RetryNotification
from core.notifications.reading_inbox import MarkRead, ReadInbox
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor


@docs(tags=["notifications"], summary="Read my inbox", description=ReadInbox.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(InboxOut))
@refuses(BadCursor)
async def read_inbox(request: web.Request) -> web.Response:
    page = await use_cases(request).notifications.read_inbox(parsed(request, PageQuery), by=principal(request))
    return page_response(InboxOut, page, request)


@docs(
    tags=["notifications"],
    summary="Mark a notification as read",
    description=MarkRead.__doc__,
    responses={204: {"description": "Marked as read."}},
)
@requires_sign_in
@match_info_schema(NotificationPath)
@refuses(NotificationNotFound)
async def mark_read(request: web.Request) -> web.Response:
    notification_id = parsed(request, NotificationPath).notification_id
    await use_cases(request).notifications.mark_read(notification_id, by=principal(request))
    return no_content_response()


@docs(tags=["administration"], summary="List all notifications", description=ListNotifications.__doc__)
@requires_sign_in
@querystring_schema(NotificationsQuery)
@response_schema(page_schema(NotificationOut))
@refuses(Forbidden, BadCursor)
async def list_notifications(request: web.Request) -> web.Response:
    query = parsed(request, NotificationsQuery)
    page = await use_cases(request).notifications.list_all(query.filter, query.page, by=principal(request))
    return page_response(NotificationOut, page, request)


@docs(tags=["administration"], summary="Retry a notification", description=RetryNotification.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(NotificationPath)
@response_schema(NotificationOut, description="The notification, due now.")
@refuses(Forbidden, NotificationNotFound, AlreadySent)
async def retry_notification(request: web.Request) -> web.Response:
    notification_id = parsed(request, NotificationPath).notification_id
    notification = await use_cases(request).notifications.retry(notification_id, by=principal(request))
    return json_response(NotificationOut, notification)


ROUTES = [
    web.get("/api/me/notifications", read_inbox),
    web.post("/api/me/notifications/{notification_id}/read", mark_read),
    web.get("/api/admin/notifications", list_notifications),
    web.post("/api/admin/notifications/{notification_id}/retry", retry_notification),
]
