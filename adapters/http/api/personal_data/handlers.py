"""Download one's own data, delete one's account."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.personal_data.schemas import DeleteAccountIn, PersonalDataOut
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_match, expected_versions
from adapters.http.middleware.rate_limiting import DATA, PASSWORD, rate_limit
from adapters.http.shared.declarations import docs, json_schema, refuses, response_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response
from adapters.http.use_cases import use_cases
from core.accounts.errors import LastAdmin, UserNotFound, WrongPassword
from core.personal_data.deleting import DeleteAccount
from core.personal_data.errors import HasUpcomingBookings, HasUpcomingEvents
from core.personal_data.reading import DownloadMyData

TAG = ["accounts"]
FILE_HEADERS = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="nocturne-data.json"'}


@docs(tags=TAG, summary="Download everything that is stored about me", description=DownloadMyData.__doc__)
@requires_sign_in
@rate_limit(DATA)
@response_schema(PersonalDataOut, description="Everything, as a file.")
@refuses(UserNotFound)
async def download_my_data(request: web.Request) -> web.Response:
    cases = use_cases(request)
    records = await cases.personal_data.download(by=principal(request))
    return json_response(PersonalDataOut, (records, cases.clock.now()), headers=FILE_HEADERS)


@docs(
    tags=TAG,
    summary="Delete my account",
    description=DeleteAccount.__doc__,
    responses={204: {"description": "The account is deleted. None of its tokens works any more."}},
)
@accepts_if_match
@requires_sign_in
@rate_limit(PASSWORD)
@json_schema(DeleteAccountIn)
@refuses(UserNotFound, WrongPassword, HasUpcomingBookings, HasUpcomingEvents, LastAdmin)
async def delete_account(request: web.Request) -> web.Response:
    password = get_input(request, DeleteAccountIn).current_password
    await use_cases(request).personal_data.delete_account(
        by=principal(request), current_password=password, expected=expected_versions(request)
    )
    return no_content_response()


ROUTES = [
    web.get("/api/me/data", download_my_data),
    web.delete("/api/me", delete_account),
]
