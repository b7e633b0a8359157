"""Log in, refresh tokens, log out, list and end sessions."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.schemas import (
    LogInIn,
    LogOutIn,
    RefreshIn,
    SessionListOut,
    SessionPath,
    SignedInOut,
)
from adapters.http.middleware.auth import access, maybe_access, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import has_no_version
from adapters.http.middleware.rate_limiting import LOGIN, LOGIN_ADDRESS, REFRESH, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.devices import device_name
from adapters.http.shared.queries import NoParameters
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response
from adapters.http.use_cases import use_cases
from core.accounts.errors import BadCredentials, BadRefreshToken, SessionNotFound
from core.accounts.signing_in import EndSession, ListSessions, LogIn, LogOut, RefreshSession

TAG = ["accounts"]
NO_STORE = {"Cache-Control": "no-store"}


@docs(tags=TAG, summary="Log in", description=LogIn.__doc__)
@rate_limit(LOGIN_ADDRESS, LOGIN)
@json_schema(LogInIn)
@response_schema(SignedInOut, description="The tokens of the new session.")
@refuses(BadCredentials)
async def log_in(request: web.Request) -> web.Response:
    body = get_input(request, LogInIn)
    tokens = await use_cases(request).accounts.log_in(
        email=body.email, password=body.password, device=device_name(request)
    )
    return json_response(SignedInOut, tokens, headers=NO_STORE)


@docs(tags=TAG, summary="Exchange a refresh token for new tokens", description=RefreshSession.__doc__)
@rate_limit(REFRESH)
@json_schema(RefreshIn)
@response_schema(SignedInOut, description="New tokens. The old refresh token no longer works.")
@refuses(BadRefreshToken)
async def refresh_session(request: web.Request) -> web.Response:
    tokens = await use_cases(request).accounts.refresh_session(token=get_input(request, RefreshIn).refresh_token)
    return json_response(SignedInOut, tokens, headers=NO_STORE)


@docs(
    tags=TAG,
    summary="Log out",
    description=LogOut.__doc__,
    responses={204: {"description": "Logged out. Neither token works any more."}},
)
@optional_sign_in
@rate_limit(REFRESH)
@json_schema(LogOutIn)
async def log_out(request: web.Request) -> web.Response:
    body = get_input(request, LogOutIn)
    await use_cases(request).accounts.log_out(access=maybe_access(request), refresh_token=body.refresh_token)
    return no_content_response()


@docs(tags=TAG, summary="List my sessions", description=ListSessions.__doc__)
@requires_sign_in
@querystring_schema(NoParameters)
@response_schema(SessionListOut)
async def list_sessions(request: web.Request) -> web.Response:
    sessions = await use_cases(request).accounts.list_sessions(by=principal(request))
    current = access(request).session_id
    return json_response(SessionListOut, {"items": [(each, current) for each in sessions], "total": len(sessions)})


@docs(
    tags=TAG,
    summary="End a session",
    description=EndSession.__doc__,
    responses={204: {"description": "The session has ended."}},
)
@has_no_version
@requires_sign_in
@match_info_schema(SessionPath)
@refuses(SessionNotFound)
async def end_session(request: web.Request) -> web.Response:
    await use_cases(request).accounts.end_session(get_input(request, SessionPath).session_id, by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/auth/login", log_in),
    web.post("/api/auth/refresh", refresh_session),
    web.post("/api/auth/logout", log_out),
    web.get("/api/auth/sessions", list_sessions),
    web.delete("/api/auth/sessions/{session_id}", end_session),
]
