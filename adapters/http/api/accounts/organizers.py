"""Becoming an organizer: asking for the role, and granting or refusing it."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.handlers import user_response
from adapters.http.api.accounts.organizer_schemas import (
    OrganizerRequestIn,
    OrganizerRequestOut,
    OrganizerRequestPath,
    RefusalIn,
)
from adapters.http.api.accounts.schemas import UserOut
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import returns_etag
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import no_content_response, page_response
from adapters.http.use_cases import use_cases
from core.accounts.errors import AlreadyOrganizer, EmailNotVerified, OrganizerRequestNotFound, UserNotFound
from core.accounts.organizers import (
    GrantOrganizerRequest,
    ListOrganizerRequests,
    RefuseOrganizerRequest,
    RequestOrganizerRole,
)
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["administration"]


@docs(tags=["accounts"], summary="Ask to become an organizer", description=RequestOrganizerRole.__doc__)
@returns_etag
@requires_sign_in
@json_schema(OrganizerRequestIn)
@response_schema(UserOut, 202, description="The account. Its role stays until an admin decides.")
@refuses(UserNotFound, EmailNotVerified, AlreadyOrganizer)
async def request_organizer_role(request: web.Request) -> web.Response:
    message = get_input(request, OrganizerRequestIn).message
    user = await use_cases(request).accounts.request_organizer_role(by=principal(request), message=message)
    return user_response(user, 202)


@docs(tags=TAG, summary="List requests to become an organizer", description=ListOrganizerRequests.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(OrganizerRequestOut))
@refuses(Forbidden, BadCursor)
async def list_organizer_requests(request: web.Request) -> web.Response:
    page = get_input(request, PageQuery)
    found = await use_cases(request).accounts.list_organizer_requests(page, by=principal(request))
    return page_response(OrganizerRequestOut, found, request)


@docs(tags=TAG, summary="Make the user who asks an organizer", description=GrantOrganizerRequest.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(OrganizerRequestPath)
@response_schema(UserOut, description="The organizer.")
@refuses(Forbidden, OrganizerRequestNotFound)
async def grant_organizer_request(request: web.Request) -> web.Response:
    request_id = get_input(request, OrganizerRequestPath).request_id
    return user_response(await use_cases(request).accounts.grant_organizer_request(request_id, by=principal(request)))


@docs(
    tags=TAG,
    summary="Refuse a request to become an organizer",
    description=RefuseOrganizerRequest.__doc__,
    responses={204: {"description": "The request is refused."}},
)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(OrganizerRequestPath)
@json_schema(RefusalIn)
@refuses(Forbidden, OrganizerRequestNotFound)
async def refuse_organizer_request(request: web.Request) -> web.Response:
    await use_cases(request).accounts.refuse_organizer_request(
        get_input(request, OrganizerRequestPath).request_id,
        by=principal(request),
        reason=get_input(request, RefusalIn).reason,
    )
    return no_content_response()


ROUTES = [
    web.post("/api/me/organizer-request", request_organizer_role),
    web.get("/api/admin/organizer-requests", list_organizer_requests),
    web.post("/api/admin/organizer-requests/{request_id}/grant", grant_organizer_request),
    web.post("/api/admin/organizer-requests/{request_id}/refuse", refuse_organizer_request),
]
