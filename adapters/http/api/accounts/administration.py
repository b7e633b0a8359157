"""Administration: all users, all bookings, the audit log."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.handlers import user_response
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
from adapters.http.api.booking.schemas import AllBookingsQuery, BookingOut, VisitorOut, VisitorsQuery
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
from adapters.http.shared.paging import page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import page_response
from adapters.http.use_cases import use_cases
from core.accounts.administering import ChangeRole, ChangeUser, ListUsers, ReadAudit
from core.accounts.errors import EmailTaken, LastAdmin, UserNotFound
from core.accounts.signing_up import AddUser
from core.booking.reading import ListBookings, ListVisitors
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["administration"]


@docs(tags=TAG, summary="List all accounts", description=ListUsers.__doc__)
@requires_sign_in
@querystring_schema(UsersQuery)
@response_schema(page_schema(UserOut))
@refuses(Forbidden, BadCursor)
async def list_users(request: web.Request) -> web.Response:
    query = get_input(request, UsersQuery)
    page = await use_cases(request).accounts.list_users(query.filter, query.page, by=principal(request))
    return page_response(UserOut, page, request)


@docs(tags=TAG, summary="Create an account for someone", description=AddUser.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@json_schema(AddUserIn)
@response_schema(UserOut, 201, description="The new account.")
@refuses(Forbidden, EmailTaken)
async def add_user(request: web.Request) -> web.Response:
    body = get_input(request, AddUserIn)
    user = await use_cases(request).accounts.add_user(
        by=principal(request), name=body.name, email=body.email, password=body.password, role=body.role
    )
    return user_response(user, 201)


@docs(tags=TAG, summary="Change a user's role", description=ChangeRole.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(UserPath)
@json_schema(RoleIn)
@response_schema(UserOut)
@refuses(Forbidden, UserNotFound, LastAdmin)
async def change_role(request: web.Request) -> web.Response:
    user = await use_cases(request).accounts.change_role(
        get_input(request, UserPath).user_id,
        by=principal(request),
        role=get_input(request, RoleIn).role,
        expected=expected_versions(request),
    )
    return user_response(user)


@docs(tags=TAG, summary="Rename, deactivate or reactivate a user", description=ChangeUser.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(UserPath)
@json_schema(ChangeUserIn)
@response_schema(UserOut)
@refuses(Forbidden, UserNotFound, LastAdmin)
async def change_user(request: web.Request) -> web.Response:
    body = get_input(request, ChangeUserIn)
    user = await use_cases(request).accounts.change_user(
        get_input(request, UserPath).user_id,
        by=principal(request),
        name=body.name,
        is_active=body.is_active,
        expected=expected_versions(request),
    )
    return user_response(user)


@docs(tags=TAG, summary="List all bookings", description=ListBookings.__doc__)
@requires_sign_in
@querystring_schema(AllBookingsQuery)
@response_schema(page_schema(BookingOut))
@refuses(Forbidden, BadCursor)
async def list_bookings(request: web.Request) -> web.Response:
    query = get_input(request, AllBookingsQuery)
    page = await use_cases(request).booking.list_all(query.filter, query.page, by=principal(request))
    return page_response(BookingOut, page, request)


@docs(tags=TAG, summary="List all visitors", description=ListVisitors.__doc__)
@requires_sign_in
@querystring_schema(VisitorsQuery)
@response_schema(page_schema(VisitorOut))
@refuses(Forbidden, BadCursor)
async def list_visitors(request: web.Request) -> web.Response:
    query = get_input(request, VisitorsQuery)
    page = await use_cases(request).booking.list_visitors(
        query.page, by=principal(request), event_id=query.filter.event_id, email=query.filter.email
    )
    return page_response(VisitorOut, page, request)


@docs(tags=TAG, summary="Read the audit log", description=ReadAudit.__doc__)
@requires_sign_in
@querystring_schema(AuditQuery)
@response_schema(page_schema(AuditEntryOut))
@refuses(Forbidden, BadCursor)
async def read_audit(request: web.Request) -> web.Response:
    query = get_input(request, AuditQuery)
    page = await use_cases(request).accounts.read_audit(query.filter, query.page, by=principal(request))
    return page_response(AuditEntryOut, page, request)


ROUTES = [
    web.get("/api/admin/users", list_users),
    web.post("/api/admin/users", add_user),
    web.patch("/api/admin/users/{user_id}", change_user),
    web.patch("/api/admin/users/{user_id}/role", change_role),
    web.get("/api/admin/bookings", list_bookings),
    web.get("/api/admin/visitors", list_visitors),
    web.get("/api/admin/audit", read_audit),
]
