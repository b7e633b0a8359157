"""Downloading one's data, and deleting one's account."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.personal_data.handlers import FILE_HEADERS
from adapters.http.api.personal_data.schemas import PersonalDataOut
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import DATA, PASSWORD, rate_limit
from adapters.http.pages.me.profile_forms import DeletionIn
from adapters.http.pages.shared.browser_sessions import sign_out_browser
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import load_form
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.responses import json_response
from adapters.http.use_cases import use_cases
from core.accounts.errors import LastAdmin, WrongPassword
from core.personal_data.errors import HasUpcomingBookings, HasUpcomingEvents
from core.shared.errors import InvalidFields

_FAREWELL = "Your account is deleted, with everything that was about you alone. Goodbye."


@page(Audience.MEMBER)
async def show_data(request: web.Request) -> web.Response:
    """Say what is in the file."""
    return page_response(request, "me/data.html")


@page(Audience.MEMBER)
@rate_limit(DATA)
async def download_data(request: web.Request) -> web.Response:
    """Return everything that is stored about the member, as a file."""
    cases = use_cases(request)
    records = await cases.personal_data.download(by=principal(request))
    return json_response(PersonalDataOut, (records, cases.clock.now()), headers=FILE_HEADERS)


@page(Audience.MEMBER)
async def show_deletion(request: web.Request) -> web.Response:
    """Say what is deleted, and what is in the way."""
    return await _deletion_page(request, {})


@page(Audience.MEMBER)
@rate_limit(PASSWORD)
async def delete_account(request: web.Request) -> web.Response:
    """Delete the account, and end the session."""
    try:
        body = load_form(request, DeletionIn)
        await use_cases(request).personal_data.delete_account(
            by=principal(request), current_password=body.current_password
        )
    except InvalidFields as refusal:
        return await _deletion_page(request, refusal.errors)
    except WrongPassword as refusal:
        return await _deletion_page(request, {"current_password": [refusal.detail]})
    except (HasUpcomingBookings, HasUpcomingEvents, LastAdmin) as refusal:
        return await _deletion_page(request, {"form": [refusal.detail]}, status=409)
    return sign_out_browser(request, _FAREWELL)


async def _deletion_page(request: web.Request, errors: Errors, status: int = 422) -> web.Response:
    commitments = await use_cases(request).personal_data.list_commitments(by=principal(request))
    return page_response(
        request, "me/delete.html", status=status if errors else 200, errors=errors, commitments=commitments
    )


ROUTES = [
    web.get("/me/data", show_data),
    web.get("/me/data/nocturne-data.json", download_data),
    web.get("/me/delete", show_deletion),
    web.post("/me/delete", delete_account),
]
