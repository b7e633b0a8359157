"""Where the member is signed in, and signing out there."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from adapters.http.api.accounts.schemas import SessionPath
from adapters.http.middleware.auth import access, principal
from adapters.http.pages.me.devices import describe_device
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.accounts.sessions import Session
from core.shared.ids import SessionId

PATH = "/me/sessions"


@page(Audience.MEMBER)
async def show_sessions(request: web.Request) -> web.Response:
    """Show the sessions, this one first, then the others by their last use."""
    found = await use_cases(request).accounts.list_sessions(by=principal(request))
    current = access(request).session_id
    return page_response(
        request,
        "me/sessions.html",
        sessions=[(each, describe_device(each.device)) for each in _this_one_first(found, current)],
        current=current,
    )


def _this_one_first(sessions: Sequence[Session], current: SessionId) -> list[Session]:
    return sorted(sessions, key=lambda session: session.id != current)


@page(Audience.MEMBER)
@match_info_schema(SessionPath)
async def end_session(request: web.Request) -> web.Response:
    """Sign out somewhere else."""
    session_id = get_input(request, SessionPath).session_id
    await use_cases(request).accounts.end_session(session_id, by=principal(request))
    return see_other(request, PATH, "You are signed out there.")


@page(Audience.MEMBER)
async def end_other_sessions(request: web.Request) -> web.Response:
    """Sign out everywhere else."""
    await use_cases(request).accounts.end_other_sessions(access=access(request))
    return see_other(request, PATH, "You are signed out everywhere else.")


ROUTES = [
    web.get(PATH, show_sessions),
    web.post(f"{PATH}/others/end", end_other_sessions),
    web.post(f"{PATH}/{{session_id}}/end", end_session),
]
