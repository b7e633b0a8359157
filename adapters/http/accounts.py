"""Signing up, signing in, and one's own account."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web
from marshmallow import Schema, fields, validate

from adapters.http.answers import shown, shown_resource
from adapters.http.app import use_cases
from adapters.http.auth import principal, signed_in
from adapters.http.conditional import gives_etag, takes_if_none_match
from adapters.http.declaring import docs, json_schema, refuses, response_schema
from adapters.http.schemas import Answer, Id, Moment
from core.accounts.errors import BadCredentials, BadRefreshToken, EmailTaken, UserNotFound
from core.accounts.model import MAX_NAME, MAX_PASSWORD, MIN_PASSWORD, SignedIn
from core.accounts.reading import ReadProfile
from core.accounts.signing_in import LogIn, RefreshSession
from core.accounts.signing_up import SignUp
from core.shared.access import Role
from core.shared.email import MAX_EMAIL


class SignUpIn(Schema):
    name = fields.String(required=True, validate=validate.Length(1, MAX_NAME), metadata={"example": "Ada Lovelace"})
    email = fields.String(
        required=True,
        validate=validate.Length(3, MAX_EMAIL),
        metadata={"format": "email", "example": "ada@example.com"},
    )
    password = fields.String(
        required=True, validate=validate.Length(MIN_PASSWORD, MAX_PASSWORD), metadata={"format": "password"}
    )


class LogInIn(Schema):
    email = fields.String(required=True, validate=validate.Length(1, MAX_EMAIL), metadata={"format": "email"})
    password = fields.String(required=True, validate=validate.Length(1, MAX_PASSWORD), metadata={"format": "password"})


class RefreshIn(Schema):
    refresh_token = fields.String(required=True, validate=validate.Length(1, 200))


class UserOut(Answer):
    id = Id()
    name = fields.String()
    email = fields.String(metadata={"format": "email"})
    role = fields.Enum(Role, by_value=True)
    email_verified = fields.Boolean()
    is_active = fields.Boolean()
    created_at = Moment()


class SignedInOut(Answer):
    access_token = fields.String(metadata={"description": "Send it as `Authorization: Bearer …`."})
    refresh_token = fields.String(metadata={"description": "Works once, for new tokens."})
    token_type = fields.String(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(metadata={"description": "Seconds the access token lives."})

    def flatten(self, tokens: SignedIn) -> dict[str, Any]:
        return asdict(tokens) | {"token_type": "Bearer"}


@docs(tags=["accounts"], summary="Sign up", description=SignUp.__doc__)
@gives_etag
@json_schema(SignUpIn)
@response_schema(UserOut, 201, description="The new account.")
@refuses(EmailTaken)
async def sign_up(request: web.Request) -> web.Response:
    user = await use_cases(request).sign_up(**request["json"])
    return shown_resource(UserOut, user, 201)


@docs(tags=["accounts"], summary="Log in", description=LogIn.__doc__)
@json_schema(LogInIn)
@response_schema(SignedInOut, description="Tokens.")
@refuses(BadCredentials)
async def log_in(request: web.Request) -> web.Response:
    tokens = await use_cases(request).log_in(**request["json"])
    return shown(SignedInOut, tokens)


@docs(tags=["accounts"], summary="Trade a refresh token for new tokens", description=RefreshSession.__doc__)
@json_schema(RefreshIn)
@response_schema(SignedInOut, description="New tokens; the old refresh token is spent.")
@refuses(BadRefreshToken)
async def refresh_session(request: web.Request) -> web.Response:
    tokens = await use_cases(request).refresh_session(token=request["json"]["refresh_token"])
    return shown(SignedInOut, tokens)


@docs(tags=["accounts"], summary="Who am I?", description=ReadProfile.__doc__)
@takes_if_none_match
@signed_in
@response_schema(UserOut, description="The account of whoever is signed in.")
@refuses(UserNotFound)
async def read_profile(request: web.Request) -> web.Response:
    user = await use_cases(request).read_profile(by=principal(request))
    return shown_resource(UserOut, user)


ROUTES = [
    web.post("/api/auth/signup", sign_up),
    web.post("/api/auth/register", sign_up),
    web.post("/api/auth/login", log_in),
    web.post("/api/auth/refresh", refresh_session),
    web.get("/api/auth/me", read_profile),
    web.get("/api/users/profile", read_profile),
]
