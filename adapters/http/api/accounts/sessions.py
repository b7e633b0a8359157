"""Signing in, staying signed in, and signing out."""

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
from adapters.http.app import use_cases
from adapters.http.middleware.auth import access, principal, requires_sign_in
from adapters.http.middleware.conditional import has_no_version
from adapters.http.middleware.rate_limiting import LOGIN, LOGIN_ADDRESS, REFRESH, rate_limit
from adapters.http.shared.declarations import docs, json_schema, match_info_schema, refuses, response_schema
from adapters.http.shared.responses import json_response, no_content_response
from core.accounts.errors import BadCredentials, BadRefreshToken, SessionNotFound
from core.accounts.signing_in import EndSession, ListSessions, LogIn, LogOut, RefreshSession

TAG = ["accounts"]
NO_STORE = {"Cache-Control": "no-store"}


@docs(tags=TAG, summary="Log in", description=LogIn.__doc__)
@rate_limit(LOGIN_ADDRESS, LOGIN)
@json_schema(LogInIn)
@response_schema(SignedInOut, description="Tokens.")
@refuses(BadCredentials)
async def log_in(request: web.Request) -> web.Response:
    tokens = await use_cases(request).log_in(**request["json"], device=_device(request))
    return json_response(SignedInOut, tokens, headers=NO_STORE)


def _device(request: web.Request) -> str:
    # What a browser sends need be no text: bytes that are none come as lone surrogates, which nothing can store.
    return request.headers.get("User-Agent", "").encode(errors="replace").decode()


@docs(tags=TAG, summary="Trade a refresh token for new tokens", description=RefreshSession.__doc__)
@rate_limit(REFRESH)
@json_schema(RefreshIn)
@response_schema(SignedInOut, description="New tokens; the old refresh token is spent.")
@refuses(BadRefreshToken)
async def refresh_session(request: web.Request) -> web.Response:
    tokens = await use_cases(request).refresh_session(token=request["json"]["refresh_token"])
    return json_response(SignedInOut, tokens, headers=NO_STORE)


@docs(
    tags=TAG,
    summary="Log out",
    description=LogOut.__doc__,
    responses={204: {"description": "Signed out: neither token is worth anything now."}},
)
@requires_sign_in
@json_schema(LogOutIn)
async def log_out(request: web.Request) -> web.Response:
    await use_cases(request).log_out(access=access(request), **request["json"])
    return no_content_response()


@docs(tags=TAG, summary="Where I am signed in", description=ListSessions.__doc__)
@requires_sign_in
@response_schema(SessionListOut)
async def list_sessions(request: web.Request) -> web.Response:
    sessions = await use_cases(request).list_sessions(by=principal(request))
    current = access(request).session_id
    return json_response(SessionListOut, {"items": [(each, current) for each in sessions], "total": len(sessions)})


@docs(
    tags=TAG,
    summary="Sign out somewhere",
    description=EndSession.__doc__,
    responses={204: {"description": "The session is over."}},
)
@has_no_version
@requires_sign_in
@match_info_schema(SessionPath)
@refuses(SessionNotFound)
async def end_session(request: web.Request) -> web.Response:
    await use_cases(request).end_session(request["match_info"]["session_id"], by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/auth/login", log_in),
    web.post("/api/auth/refresh", refresh_session),
    web.post("/api/auth/logout", log_out),
    web.get("/api/auth/sessions", list_sessions),
    web.delete("/api/auth/sessions/{session_id}", end_session),
]
