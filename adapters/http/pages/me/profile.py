"""The profile: name, email address and password. Each is changed on a page of its own."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import PASSWORD, rate_limit
from adapters.http.pages.me.profile_forms import EmailIn, NameIn, PasswordIn
from adapters.http.pages.shared.browser_sessions import sign_in_browser
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.accounts.errors import EmailTaken, WrongPassword
from core.accounts.model import User
from core.shared.errors import InvalidFields

PATH = "/me/profile"


@page(Audience.MEMBER)
async def show_profile(request: web.Request) -> web.Response:
    """Show the account, and where each part of it is changed."""
    return page_response(request, "me/profile.html", user=await _user(request))


@page(Audience.MEMBER)
async def show_name(request: web.Request) -> web.Response:
    """Ask for the new name."""
    user = await _user(request)
    return _form_page(request, "name", Form.of({"name": user.name}), {})


@page(Audience.MEMBER)
async def change_name(request: web.Request) -> web.Response:
    """Change the name."""
    try:
        body = load_form(request, NameIn)
        await use_cases(request).accounts.change_profile(by=principal(request), name=body.name)
    except InvalidFields as refusal:
        return _form_page(request, "name", form(request), refusal.errors)
    return see_other(request, PATH, "Your name is changed.")


@page(Audience.MEMBER)
async def show_email(request: web.Request) -> web.Response:
    """Ask for the new address, and for the password."""
    user = await _user(request)
    return _form_page(request, "email", Form.of({"email": user.email}), {})


@page(Audience.MEMBER)
@rate_limit(PASSWORD)
async def change_email(request: web.Request) -> web.Response:
    """Change the address, which is to be verified then."""
    try:
        body = load_form(request, EmailIn)
        user = await use_cases(request).accounts.change_profile(
            by=principal(request), email=body.email, current_password=body.current_password
        )
    except InvalidFields as refusal:
        return _form_page(request, "email", form(request), refusal.errors)
    except WrongPassword as refusal:
        return _form_page(request, "email", form(request), {"current_password": [refusal.detail]})
    except EmailTaken as refusal:
        return _form_page(request, "email", form(request), {"email": [refusal.detail]})
    return see_other(request, PATH, f"Your address is now {user.email}. We have sent you a link that verifies it.")


@page(Audience.MEMBER)
async def show_password(request: web.Request) -> web.Response:
    """Ask for the old and the new password."""
    return _form_page(request, "password", Form(), {})


@page(Audience.MEMBER)
@rate_limit(PASSWORD)
async def change_password(request: web.Request) -> web.Response:
    """Change the password. That ends every session, so this browser gets a new one."""
    try:
        body = load_form(request, PasswordIn)
        user = await use_cases(request).accounts.change_profile(
            by=principal(request), password=body.password, current_password=body.current_password
        )
    except InvalidFields as refusal:
        return _form_page(request, "password", form(request), refusal.errors)
    except WrongPassword as refusal:
        return _form_page(request, "password", form(request), {"current_password": [refusal.detail]})
    notice = "Your password is changed. You are signed out everywhere else."
    return await sign_in_browser(request, email=user.email, password=body.password, path=PATH, notice=notice)


async def _user(request: web.Request) -> User:
    return await use_cases(request).accounts.read_profile(by=principal(request))


def _form_page(request: web.Request, part: str, sent: Form, errors: Errors) -> web.Response:
    return page_response(request, f"me/profile-{part}.html", status=422 if errors else 200, form=sent, errors=errors)


ROUTES = [
    web.get(PATH, show_profile),
    web.get(f"{PATH}/name", show_name),
    web.post(f"{PATH}/name", change_name),
    web.get(f"{PATH}/email", show_email),
    web.post(f"{PATH}/email", change_email),
    web.get(f"{PATH}/password", show_password),
    web.post(f"{PATH}/password", change_password),
]
