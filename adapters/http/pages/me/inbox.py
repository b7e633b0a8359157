"""The inbox: everything that was sent to the member."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.notifications.schemas import NotificationPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.me.inbox_texts import inbox_item
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response
from adapters.http.pages.shared.sessions import safe_path
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases

PATH = "/me/inbox"


@page(Audience.MEMBER)
async def show_inbox(request: web.Request) -> web.Response:
    """Show the messages, newest first."""
    cases, by = use_cases(request).notifications, principal(request)
    found = await cases.read_inbox(page_request(request), by=by)
    return page_response(
        request,
        "me/inbox.html",
        items=[inbox_item(each) for each in found.items],
        unread=await cases.count_unread(by=by),
        links=page_links(request, found),
    )


@page(Audience.MEMBER)
@match_info_schema(NotificationPath)
async def mark_read(request: web.Request) -> web.Response:
    """Mark a message as read, and go on to what it is about, or back to the inbox."""
    notification_id = get_input(request, NotificationPath).notification_id
    await use_cases(request).notifications.mark_read(notification_id, by=principal(request))
    return see_other(request, safe_path(form(request).text("next"), PATH))


@page(Audience.MEMBER)
async def mark_all_read(request: web.Request) -> web.Response:
    """Mark all messages as read."""
    await use_cases(request).notifications.mark_all_read(by=principal(request))
    return see_other(request, PATH, "Everything is marked as read.")


ROUTES = [
    web.get(PATH, show_inbox),
    web.post(f"{PATH}/read", mark_all_read),
    web.post(f"{PATH}/{{notification_id}}/read", mark_read),
]
