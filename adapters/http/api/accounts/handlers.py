"""Making an account, changing it, and getting back in."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.schemas import ForgotIn, ProfileIn, ResetIn, SignUpIn, UserOut, VerifyIn
from adapters.http.app import use_cases
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.rate_limiting import FORGOT, PASSWORD, RESEND, RESET, SIGNUP, VERIFY, rate_limit
from adapters.http.shared.declarations import docs, json_schema, refuses, response_schema
from adapters.http.shared.responses import no_content_response, resource_response
from core.accounts.changing import ChangeProfile, ForgetPassword, ResendVerification, ResetPassword, VerifyEmail
from core.accounts.errors import BadToken, EmailTaken, LinkInUse, UserNotFound, WrongPassword
from core.accounts.model import User
from core.accounts.reading import ReadProfile
from core.accounts.signing_up import SignUp

TAG = ["accounts"]


def shown_user(user: User, status: int = 200) -> web.Response:
    """A user as they are, with the version that an edit may insist on."""
    return resource_response(UserOut, user, status, version=user.version)


@docs(tags=TAG, summary="Sign up", description=SignUp.__doc__)
@rate_limit(SIGNUP)
@returns_etag
@json_schema(SignUpIn)
@response_schema(UserOut, 201, description="The new account.")
@refuses(EmailTaken)
async def sign_up(request: web.Request) -> web.Response:
    user = await use_cases(request).sign_up(**request["json"])
    return shown_user(user, 201)


@docs(tags=TAG, summary="Who am I?", description=ReadProfile.__doc__)
@accepts_if_none_match
@requires_sign_in
@response_schema(UserOut, description="The account of whoever is signed in.")
@refuses(UserNotFound)
async def read_profile(request: web.Request) -> web.Response:
    user = await use_cases(request).read_profile(by=principal(request))
    return shown_user(user)


@docs(tags=TAG, summary="Change one's account", description=ChangeProfile.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(PASSWORD)
@json_schema(ProfileIn)
@response_schema(UserOut, description="The account as it is now.")
@refuses(UserNotFound, EmailTaken, WrongPassword)
async def change_profile(request: web.Request) -> web.Response:
    user = await use_cases(request).change_profile(
        by=principal(request), **request["json"], expected=expected_versions(request)
    )
    return shown_user(user)


@docs(
    tags=TAG,
    summary="Forgot the password",
    description=ForgetPassword.__doc__,
    responses={202: {"description": "A link is on its way, if the address has an account."}},
)
@rate_limit(FORGOT)
@json_schema(ForgotIn)
async def forget_password(request: web.Request) -> web.Response:
    await use_cases(request).forget_password(email=request["json"]["email"])
    return web.Response(status=202)


@docs(
    tags=TAG,
    summary="Choose a new password by a link",
    description=ResetPassword.__doc__,
    responses={204: {"description": "It is changed; sign in with it."}},
)
@rate_limit(RESET)
@json_schema(ResetIn)
@refuses(BadToken, LinkInUse)
async def reset_password(request: web.Request) -> web.Response:
    await use_cases(request).reset_password(**request["json"])
    return no_content_response()


@docs(
    tags=TAG,
    summary="Verify an email address by a link",
    description=VerifyEmail.__doc__,
    responses={204: {"description": "It is verified."}},
)
@rate_limit(VERIFY)
@json_schema(VerifyIn)
@refuses(BadToken)
async def verify_email(request: web.Request) -> web.Response:
    await use_cases(request).verify_email(token=request["json"]["token"])
    return no_content_response()


@docs(
    tags=TAG,
    summary="Ask for another link to verify one's address",
    description=ResendVerification.__doc__,
    responses={202: {"description": "If there was need of one, a link is on its way."}},
)
@requires_sign_in
@rate_limit(RESEND)
@refuses(UserNotFound)
async def resend_verification(request: web.Request) -> web.Response:
    await use_cases(request).resend_verification(by=principal(request))
    return web.Response(status=202)


ROUTES = [
    web.post("/api/auth/signup", sign_up),
    web.post("/api/auth/register", sign_up),
    web.get("/api/auth/me", read_profile),
    web.get("/api/users/profile", read_profile),
    web.patch("/api/users/profile", change_profile),
    web.post("/api/auth/password/forgot", forget_password),
    web.post("/api/auth/password/reset", reset_password),
    web.post("/api/auth/email/verify", verify_email),
    web.post("/api/auth/email/verify/resend", resend_verification),
]
