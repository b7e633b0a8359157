"""The pages of one account, one request to organize, and one booking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiohttp import web

from adapters.http.api.accounts.organizer_schemas import OrganizerRequestPath, RefusalIn
from adapters.http.api.accounts.schemas import AddUserIn, UserPath
from adapters.http.api.booking.schemas import BookingPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.admin.cells import Fact, Tone, badge, link, moment, number, state, text
from adapters.http.pages.admin.details import detail_page
from adapters.http.pages.admin.lists_of_people import (
    CHANNEL_WORDS,
    ROLE_TONES,
    amount,
    booking_status,
)
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.filters import count_of, format_money
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.accounts.errors import EmailTaken, LastAdmin, OrganizerRequestNotFound
from core.accounts.model import User
from core.accounts.ports import OrganizerRequestView
from core.booking.model import ACTIVE, HOLDING
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingView
from core.shared.access import Role
from core.shared.errors import InvalidFields
from core.shared.paging import MAX_LIMIT, PageRequest

ROLE_EFFECTS: Mapping[Role, str] = {
    Role.USER: "Books and cancels for themselves. Events they created stay, but they can't manage them any more, and "
    "their webhooks get nothing.",
    Role.ORGANIZER: "Creates events, and manages their own: prices, seats, attendees, check-in.",
    Role.ADMIN: "May do everything, also on these pages: all events, all bookings, all accounts.",
}


@page(Audience.ADMIN)
async def show_new_user(request: web.Request) -> web.Response:
    """Show the form of an account for somebody else."""
    return _new_user_page(request, Form.of({"role": Role.USER}), {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
async def add_user(request: web.Request) -> web.Response:
    """Create the account."""
    try:
        body = load_form(request, AddUserIn)
        user = await use_cases(request).accounts.add_user(
            by=principal(request), name=body.name, email=body.email, password=body.password, role=body.role
        )
    except InvalidFields as refusal:
        return _new_user_page(request, form(request), refusal.errors)
    except EmailTaken as refusal:
        return _new_user_page(request, form(request), {"email": [refusal.detail]})
    return see_other(request, f"/admin/users/{user.id}", f"The account of {user.name} is created.")


def _new_user_page(request: web.Request, sent: Form, errors: Errors) -> web.Response:
    status = 422 if errors else 200
    return page_response(request, "admin/user-new.html", status=status, form=sent, errors=errors, roles=_role_choices())


@page(Audience.ADMIN)
@match_info_schema(UserPath)
async def show_user(request: web.Request) -> web.Response:
    """Show an account, and what can be done with it."""
    return await _user_page(request, {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(UserPath)
async def change_role(request: web.Request) -> web.Response:
    """Change the role of the account."""
    user_id = get_input(request, UserPath).user_id
    try:
        role = Role(form(request).text("role"))
        user = await use_cases(request).accounts.change_role(user_id, by=principal(request), role=role)
    except ValueError:
        return await _user_page(request, {"role": ["Choose a role."]})
    except LastAdmin as refusal:
        return await _user_page(request, {"role": [refusal.detail]})
    return see_other(request, f"/admin/users/{user_id}", f"{user.name} is {_WITH_ARTICLE[role]} now.")


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(UserPath)
async def change_activity(request: web.Request) -> web.Response:
    """Deactivate or reactivate the account."""
    user_id, activates = get_input(request, UserPath).user_id, request.match_info["action"] == "reactivate"
    try:
        user = await use_cases(request).accounts.change_user(user_id, by=principal(request), is_active=activates)
    except LastAdmin as refusal:
        return await _user_page(request, {"activity": [refusal.detail]})
    now = "can sign in again" if activates else "is deactivated, and signed out everywhere"
    return see_other(request, f"/admin/users/{user_id}", f"{user.name} {now}.")


_WITH_ARTICLE = {Role.USER: "a user", Role.ORGANIZER: "an organizer", Role.ADMIN: "an admin"}


async def _user_page(request: web.Request, errors: Errors) -> web.Response:
    user = await use_cases(request).accounts.read_user(get_input(request, UserPath).user_id, by=principal(request))
    return await detail_page(
        request,
        "admin/user.html",
        user.id,
        list(_user_facts(user)),
        errors,
        user=user,
        is_self=user.id == principal(request).user_id,
        form=form(request) if errors else Form.of({"role": user.role}),
        roles=_role_choices(),
    )


def _role_choices() -> list[tuple[str, str, str]]:
    return [(role.value, role.value.capitalize(), ROLE_EFFECTS[role]) for role in Role]


def _user_facts(user: User) -> Iterator[Fact]:
    yield Fact("Email", text(user.email, None if user.email_verified else "not verified"))
    yield Fact("Role", state(user.role, ROLE_TONES))
    yield Fact("State", badge("active", Tone.GO) if user.is_active else badge("deactivated", Tone.STOP))
    yield Fact("Since (UTC)", moment(user.created_at))
    yield Fact("Bookings", link("Their bookings", f"/admin/bookings?user_id={user.id}"))
    yield Fact("Messages", link("What was sent to them", f"/admin/notifications?user_id={user.id}"))
    if user.role is not Role.USER:
        yield Fact("Events", link("Their events", f"/admin/events?organizer_id={user.id}"))
    yield Fact("Actions", link("What they did", f"/admin/audit?actor_id={user.id}"))


@page(Audience.ADMIN)
@match_info_schema(OrganizerRequestPath)
async def show_request(request: web.Request) -> web.Response:
    """Show who asks to become an organizer."""
    return await _request_page(request, {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(OrganizerRequestPath)
async def grant_request(request: web.Request) -> web.Response:
    """Make them an organizer."""
    request_id = get_input(request, OrganizerRequestPath).request_id
    user = await use_cases(request).accounts.grant_organizer_request(request_id, by=principal(request))
    return see_other(request, "/admin/organizer-requests", f"{user.name} is an organizer now. They get an email.")


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(OrganizerRequestPath)
async def refuse_request(request: web.Request) -> web.Response:
    """Refuse, with a reason if one was typed."""
    request_id = get_input(request, OrganizerRequestPath).request_id
    try:
        await use_cases(request).accounts.refuse_organizer_request(
            request_id, by=principal(request), reason=load_form(request, RefusalIn).reason
        )
    except InvalidFields as refusal:
        return await _request_page(request, refusal.errors)
    return see_other(request, "/admin/organizer-requests", "The request is refused. They get an email about it.")


async def _request_page(request: web.Request, errors: Errors) -> web.Response:
    view = await _find_request(request)
    facts = [
        Fact("Name", link(view.user.name, f"/admin/users/{view.user.id}")),
        Fact("Email", text(view.user.email)),
        Fact("Account since (UTC)", moment(view.user.created_at)),
        Fact("Asked (UTC)", moment(view.request.requested_at)),
    ]
    return await detail_page(
        request,
        "admin/organizer-request.html",
        view.user.id,
        facts,
        errors,
        view=view,
        form=form(request) if errors else Form(),
    )


async def _find_request(request: web.Request) -> OrganizerRequestView:
    wanted, cursor = get_input(request, OrganizerRequestPath).request_id, None
    while True:
        found = await use_cases(request).accounts.list_organizer_requests(
            PageRequest(limit=MAX_LIMIT, cursor=cursor), by=principal(request)
        )
        for each in found.items:
            if each.id == wanted:
                return each
        cursor = found.next_cursor
        if cursor is None:
            raise OrganizerRequestNotFound("This request has been answered already.")


@page(Audience.ADMIN)
@match_info_schema(BookingPath)
async def show_booking(request: web.Request) -> web.Response:
    """Show a booking with its tickets."""
    view = await use_cases(request).booking.read(get_input(request, BookingPath).booking_id, by=principal(request))
    return await detail_page(
        request,
        "admin/booking.html",
        view.booking.id,
        list(_booking_facts(view)),
        view=view,
        can_cancel=view.booking.status in ACTIVE,
        effect=_cancel_effect(view),
    )


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(BookingPath)
async def cancel_booking(request: web.Request) -> web.Response:
    """Cancel the booking."""
    booking_id = get_input(request, BookingPath).booking_id
    await use_cases(request).booking.cancel(booking_id, by=principal(request))
    return see_other(request, f"/admin/bookings/{booking_id}", "The booking is cancelled. Its holder gets an email.")


def _booking_facts(view: BookingView) -> Iterator[Fact]:
    booking, event = view.booking, view.event
    yield Fact("Status", booking_status(view))
    yield Fact("Event", link(event.name, f"/admin/events/{booking.event_id}"))
    yield Fact("Starts", moment(event.start_time, event.timezone))
    if view.holder is not None:
        name, email = view.holder.name, view.holder.email
        yield Fact("Who", link(name, f"/admin/users/{view.owner_id}", email) if view.owner_id else text(name, email))
    yield Fact("How", text(CHANNEL_WORDS[booking.channel]))
    yield Fact("Places", number(booking.quantity))
    if booking.seats:
        yield Fact("Seats", text(", ".join(booking.seats)))
    yield Fact("Price", amount(view))
    if view.payment is not None:
        yield Fact("Payment", text(view.payment.status.replace("_", " ")))
    if booking.expires_at is not None:
        yield Fact("Held until (UTC)", moment(booking.expires_at))
    yield Fact("Made (UTC)", moment(booking.created_at))
    yield Fact("Changed (UTC)", moment(booking.updated_at))


def _cancel_effect(view: BookingView) -> str:
    booking = view.booking
    places = (
        f"{count_of(booking.quantity, 'place')} become free and go to those who wait."
        if booking.status in HOLDING
        else "They leave the line."
    )
    paid = view.payment is not None and view.payment.status is PaymentStatus.CAPTURED
    refund = f"{format_money(booking.amount, booking.currency)} goes back." if paid else "Nothing was paid."
    return f"{places} {refund} They get an email."


ROUTES = [
    web.get("/admin/users/new", show_new_user),
    web.post("/admin/users/new", add_user),
    web.get("/admin/users/{user_id}", show_user),
    web.post("/admin/users/{user_id}/actions/role", change_role),
    web.post("/admin/users/{user_id}/actions/{action:deactivate|reactivate}", change_activity),
    web.get("/admin/organizer-requests/{request_id}", show_request),
    web.post("/admin/organizer-requests/{request_id}/actions/grant", grant_request),
    web.post("/admin/organizer-requests/{request_id}/actions/refuse", refuse_request),
    web.get("/admin/bookings/{booking_id}", show_booking),
    web.post("/admin/bookings/{booking_id}/actions/cancel", cancel_booking),
]
