"""What admins see and do: users, everybody's bookings, the audit log."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.handlers import shown_user
from adapters.http.api.accounts.schemas import (
    AddUserIn,
    AuditEntryOut,
    AuditQuery,
    ChangeUserIn,
    RoleIn,
    UserOut,
    UserPath,
    UsersQuery,
)
from adapters.http.api.booking.schemas import AllBookingsQuery, BookingOut
from adapters.http.app import use_cases
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_match, expected_versions, returns_etag
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import page_request, page_schema
from adapters.http.shared.responses import page_response
from core.accounts.administering import ChangeRole, ChangeUser, ListUsers, ReadAudit
from core.accounts.errors import EmailTaken, LastAdmin, UserNotFound
from core.accounts.ports import UserFilter
from core.accounts.signing_up import AddUser
from core.booking.ports import BookingFilter
from core.booking.reading import ListBookings
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["administration"]


@docs(tags=TAG, summary="All accounts", description=ListUsers.__doc__)
@requires_sign_in
@querystring_schema(UsersQuery)
@response_schema(page_schema(UserOut))
@refuses(Forbidden, BadCursor)
async def list_users(request: web.Request) -> web.Response:
    query = request["querystring"]
    wanted = UserFilter(query.get("q"), query.get("role"), query.get("is_active"))
    page = await use_cases(request).list_users(wanted, page_request(query), by=principal(request))
    return page_response(UserOut, page, request)


@docs(tags=TAG, summary="Make an account for somebody", description=AddUser.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@json_schema(AddUserIn)
@response_schema(UserOut, 201, description="The new account.")
@refuses(Forbidden, EmailTaken)
async def add_user(request: web.Request) -> web.Response:
    return shown_user(await use_cases(request).add_user(by=principal(request), **request["json"]), 201)


@docs(tags=TAG, summary="Give somebody another role", description=ChangeRole.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(UserPath)
@json_schema(RoleIn)
@response_schema(UserOut)
@refuses(Forbidden, UserNotFound, LastAdmin)
async def change_role(request: web.Request) -> web.Response:
    user = await use_cases(request).change_role(
        request["match_info"]["user_id"], by=principal(request), **request["json"], expected=expected_versions(request)
    )
    return shown_user(user)


@docs(tags=TAG, summary="Rename, deactivate or reactivate somebody", description=ChangeUser.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(UserPath)
@json_schema(ChangeUserIn)
@response_schema(UserOut)
@refuses(Forbidden, UserNotFound, LastAdmin)
async def change_user(request: web.Request) -> web.Response:
    user = await use_cases(request).change_user(
        request["match_info"]["user_id"], by=principal(request), **request["json"], expected=expected_versions(request)
    )
    return shown_user(user)


@docs(tags=TAG, summary="All bookings", description=ListBookings.__doc__)
@requires_sign_in
@querystring_schema(AllBookingsQuery)
@response_schema(page_schema(BookingOut))
@refuses(Forbidden, BadCursor)
async def list_bookings(request: web.Request) -> web.Response:
    query = request["querystring"]
    wanted = BookingFilter(query.get("user_id"), query.get("status"), query.get("event_id"))
    page = await use_cases(request).list_bookings(wanted, page_request(query), by=principal(request))
    return page_response(BookingOut, page, request)


@docs(tags=TAG, summary="The audit log", description=ReadAudit.__doc__)
@requires_sign_in
@querystring_schema(AuditQuery)
@response_schema(page_schema(AuditEntryOut))
@refuses(Forbidden, BadCursor)
async def read_audit(request: web.Request) -> web.Response:
    query = request["querystring"]
    wanted = AuditFilter(query.get("action"), query.get("actor_id"), query.get("target"))
    page = await use_cases(request).read_audit(wanted, page_request(query), by=principal(request))
    return page_response(AuditEntryOut, page, request)


ROUTES = [
    web.get("/api/admin/users", list_users),
    web.post("/api/admin/users", add_user),
    web.patch("/api/admin/users/{user_id}", change_user),
    web.patch("/api/admin/users/{user_id}/role", change_role),
    web.get("/api/admin/bookings", list_bookings),
    web.get("/api/admin/audit", read_audit),
]
