"""Sign up, change the account, reset the password, verify the email address."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.schemas import ForgotIn, ProfileIn, ResetIn, SignUpIn, UserOut, VerifyIn
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.rate_limiting import FORGOT, PASSWORD, RESEND, RESET, SIGNUP, VERIFY, rate_limit
from adapters.http.shared.declarations import docs, json_schema, refuses, response_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.response_schemas import AcceptedOut
from adapters.http.shared.responses import json_response, no_content_response, resource_response
from adapters.http.use_cases import use_cases
from core.accounts.changing import ChangeProfile, ForgetPassword, ResendVerification, ResetPassword, VerifyEmail
from core.accounts.errors import BadToken, EmailTaken, LinkInUse, UserNotFound, WrongPassword
from core.accounts.model import User
from core.accounts.reading import ReadProfile
from core.accounts.signing_up import SignUp

TAG = ["accounts"]

_RESET_LINK_SENT = "If the address has an account, a link is sent to it."
_VERIFICATION_LINK_SENT = "If the address is not verified yet, a link is sent to it."


def user_response(user: User, status: int = 200) -> web.Response:
    """Return a user with its `ETag`, whose version `If-Match` may name."""
    return resource_response(UserOut, user, status, version=user.version)


@docs(tags=TAG, summary="Sign up", description=SignUp.__doc__)
@rate_limit(SIGNUP)
@returns_etag
@json_schema(SignUpIn)
@response_schema(UserOut, 201, description="The new account.")
@refuses(EmailTaken)
async def sign_up(request: web.Request) -> web.Response:
    body = get_input(request, SignUpIn)
    user = await use_cases(request).accounts.sign_up(name=body.name, email=body.email, password=body.password)
    return user_response(user, 201)


@docs(tags=TAG, summary="Read my account", description=ReadProfile.__doc__)
@accepts_if_none_match
@requires_sign_in
@response_schema(UserOut, description="The account of the signed-in user.")
@refuses(UserNotFound)
async def read_profile(request: web.Request) -> web.Response:
    user = await use_cases(request).accounts.read_profile(by=principal(request))
    return user_response(user)


@docs(tags=TAG, summary="Change my account", description=ChangeProfile.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(PASSWORD)
@json_schema(ProfileIn)
@response_schema(UserOut, description="The changed account.")
@refuses(UserNotFound, EmailTaken, WrongPassword)
async def change_profile(request: web.Request) -> web.Response:
    body = get_input(request, ProfileIn)
    user = await use_cases(request).accounts.change_profile(
        by=principal(request),
        name=body.name,
        email=body.email,
        password=body.password,
        current_password=body.current_password,
        expected=expected_versions(request),
    )
    return user_response(user)


@docs(tags=TAG, summary="Request a link to reset a password", description=ForgetPassword.__doc__)
@rate_limit(FORGOT)
@json_schema(ForgotIn)
@response_schema(AcceptedOut, 202, description=_RESET_LINK_SENT)
async def forget_password(request: web.Request) -> web.Response:
    await use_cases(request).accounts.forget_password(email=get_input(request, ForgotIn).email)
    return json_response(AcceptedOut, {"message": _RESET_LINK_SENT}, 202)


@docs(
    tags=TAG,
    summary="Reset the password with a link's token",
    description=ResetPassword.__doc__,
    responses={204: {"description": "The password is changed. Sign in with it."}},
)
@rate_limit(RESET)
@json_schema(ResetIn)
@refuses(BadToken, LinkInUse)
async def reset_password(request: web.Request) -> web.Response:
    body = get_input(request, ResetIn)
    await use_cases(request).accounts.reset_password(token=body.token, password=body.password)
    return no_content_response()


@docs(
    tags=TAG,
    summary="Verify an email address with a link's token",
    description=VerifyEmail.__doc__,
    responses={204: {"description": "The address is verified."}},
)
@rate_limit(VERIFY)
@json_schema(VerifyIn)
@refuses(BadToken)
async def verify_email(request: web.Request) -> web.Response:
    await use_cases(request).accounts.verify_email(token=get_input(request, VerifyIn).token)
    return no_content_response()


@docs(tags=TAG, summary="Request another link to verify my email address", description=ResendVerification.__doc__)
@requires_sign_in
@rate_limit(RESEND)
@response_schema(AcceptedOut, 202, description=_VERIFICATION_LINK_SENT)
@refuses(UserNotFound)
async def resend_verification(request: web.Request) -> web.Response:
    await use_cases(request).accounts.resend_verification(by=principal(request))
    return json_response(AcceptedOut, {"message": _VERIFICATION_LINK_SENT}, 202)


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
