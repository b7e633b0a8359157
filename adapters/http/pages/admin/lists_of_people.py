"""Accounts, requests to become an organizer, visitors, and bookings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from adapters.http.api.booking.schemas import VisitorFilter
from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.cells import NOTHING, Cell, Tone, badge, link, moment, number, short_id, state, text
from adapters.http.pages.admin.queries import (
    BookingsTableQuery,
    NoFilter,
    PlainQuery,
    UsersTableQuery,
    VisitorsTableQuery,
)
from adapters.http.pages.admin.tables import BulkChoice, Column, Filter, Kind, Table, View
from adapters.http.pages.shared.filters import format_money
from adapters.http.shared.paging import FilteredPage
from adapters.http.use_cases import use_cases
from core.accounts.model import User
from core.accounts.ports import OrganizerRequestView, UserFilter
from core.administration.model import BulkAction
from core.booking.model import BookingStatus, Channel
from core.booking.ports import BookingFilter, BookingView
from core.shared.access import Role
from core.shared.email import normalise_email
from core.shared.paging import Page

ROLE_TONES = {Role.ADMIN: Tone.MOON, Role.ORGANIZER: Tone.INFO}
BOOKING_TONES = {
    BookingStatus.CONFIRMED: Tone.GO,
    BookingStatus.PENDING: Tone.MOON,
    BookingStatus.WAITLISTED: Tone.INFO,
    BookingStatus.FAILED: Tone.STOP,
}
STATUS_WORDS = {BookingStatus.WAITLISTED: "in line"}
CHANNEL_WORDS = {Channel.BOOK: "booked", Channel.PURCHASE: "single ticket", Channel.REGISTER: "registered"}


async def _fetch_users(request: web.Request, wanted: FilteredPage[UserFilter]) -> Page[User]:
    return await use_cases(request).accounts.list_users(wanted.filter, wanted.page, by=principal(request))


async def _fetch_requests(request: web.Request, wanted: FilteredPage[NoFilter]) -> Page[OrganizerRequestView]:
    return await use_cases(request).accounts.list_organizer_requests(wanted.page, by=principal(request))


async def _fetch_bookings(request: web.Request, wanted: FilteredPage[BookingFilter]) -> Page[BookingView]:
    return await use_cases(request).booking.list_all(wanted.filter, wanted.page, by=principal(request))


async def _fetch_visitors(request: web.Request, wanted: FilteredPage[VisitorFilter]) -> Page[BookingView]:
    return await use_cases(request).booking.list_visitors(
        wanted.page, by=principal(request), event_id=wanted.filter.event_id, email=wanted.filter.email
    )


def _match_users(_: web.Request, wanted: UserFilter) -> UserFilter:
    return wanted


def _match_bookings(_: web.Request, wanted: BookingFilter) -> BookingFilter:
    return wanted


def _match_visitors(_: web.Request, wanted: VisitorFilter) -> BookingFilter:
    email = None if wanted.email is None else normalise_email(wanted.email)
    return BookingFilter(channel=Channel.REGISTER, event_id=wanted.event_id, visitor_email=email)


def booking_status(view: BookingView) -> Cell:
    """Show a booking's status, with its place in line."""
    shown = state(view.booking.status, BOOKING_TONES)
    words = STATUS_WORDS.get(view.booking.status)
    note = f"number {view.position:,}" if view.position is not None else None
    return replace(shown, text=words or shown.text, note=note)


def amount(view: BookingView) -> Cell:
    """Show the price of a booking; a file has the number and the currency."""
    booking = view.booking
    return Cell(format_money(booking.amount, booking.currency), data=f"{booking.amount} {booking.currency}")


def _event_of(view: BookingView) -> Cell:
    starts = moment(view.event.start_time, view.event.timezone).text
    return link(view.event.name, f"/admin/events/{view.booking.event_id}", note=starts)


def _holder_name(view: BookingView) -> Cell:
    visitor = view.booking.visitor
    name = view.holder.name if view.holder else visitor.full_name if visitor else None
    if name is None:
        return NOTHING
    return link(name, f"/admin/users/{view.owner_id}") if view.owner_id else text(name)


def _holder_email(view: BookingView) -> Cell:
    visitor = view.booking.visitor
    return text(view.holder.email if view.holder else visitor.email if visitor else None)


def _visitor_name(view: BookingView) -> str:
    return view.booking.visitor.full_name if view.booking.visitor else "nobody"


def _booking_link(show: Callable[[BookingView], str]) -> Callable[[BookingView], Cell]:
    return lambda view: link(show(view), f"/admin/bookings/{view.booking.id}")


USERS: Table[User, UserFilter] = Table(
    name="users",
    title="Accounts",
    about="Everybody who has signed up.",
    schema=UsersTableQuery,
    fetch=_fetch_users,
    matching=_match_users,
    row_id=lambda user: user.id,
    columns=(
        Column("Name", lambda user: link(user.name, f"/admin/users/{user.id}")),
        Column("Email", lambda user: text(user.email, None if user.email_verified else "not verified")),
        Column("Role", lambda user: state(user.role, ROLE_TONES)),
        Column("State", lambda user: badge("active", Tone.GO) if user.is_active else badge("deactivated", Tone.STOP)),
        Column("Since (UTC)", lambda user: moment(user.created_at), sort="created"),
    ),
    filters=(
        Filter("q", "Name or email", Kind.SEARCH),
        Filter("role", "Role", Kind.CHOICE, tuple((role.value, role.value.capitalize()) for role in Role)),
        Filter("is_active", "State", Kind.CHOICE, (("true", "Active"), ("false", "Deactivated"))),
    ),
    views=(
        View("All"),
        View("Organizers", {"role": "organizer"}),
        View("Admins", {"role": "admin"}),
        View("Deactivated", {"is_active": "false"}),
    ),
    actions=(BulkChoice(BulkAction.DEACTIVATE_USERS, "Deactivate"),),
    empty="No account matches. Remove a filter, or search for a part of the name or address.",
    new=("New account", "/admin/users/new"),
)

ORGANIZER_REQUESTS: Table[OrganizerRequestView, NoFilter] = Table(
    name="organizer-requests",
    title="Requests to organize",
    about="Who asks to become an organizer, the longest waiting first.",
    schema=PlainQuery,
    fetch=_fetch_requests,
    row_id=lambda view: view.id,
    columns=(
        Column("Name", lambda view: link(view.user.name, f"/admin/organizer-requests/{view.id}")),
        Column("Email", lambda view: text(view.user.email)),
        Column("What they say", lambda view: text(view.request.message)),
        Column("Asked (UTC)", lambda view: moment(view.request.requested_at)),
    ),
    empty="Nobody waits for an answer.",
)

_BOOKING_VIEWS = (
    View("All"),
    View("Confirmed", {"status": "confirmed"}),
    View("In line", {"status": "waitlisted"}),
    View("Not paid yet", {"status": "pending"}),
    View("Cancelled", {"status": "cancelled"}),
)

BOOKINGS: Table[BookingView, BookingFilter] = Table(
    name="bookings",
    title="Bookings",
    about="Every booking, and every party that waits in line.",
    schema=BookingsTableQuery,
    fetch=_fetch_bookings,
    matching=_match_bookings,
    row_id=lambda view: view.booking.id,
    columns=(
        Column("Booking", _booking_link(lambda view: short_id(view.booking.id))),
        Column("Event", _event_of),
        Column("Who", _holder_name),
        Column("Email", _holder_email),
        Column("Places", lambda view: number(view.booking.quantity), is_number=True),
        Column("Price", amount, is_number=True),
        Column("Status", booking_status),
        Column("Made (UTC)", lambda view: moment(view.booking.created_at), sort="created"),
    ),
    filters=(
        Filter("q", "Name or email", Kind.SEARCH),
        Filter(
            "status",
            "Status",
            Kind.CHOICE,
            tuple((each.value, STATUS_WORDS.get(each, each.value).capitalize()) for each in BookingStatus),
        ),
        Filter("checked_in", "Checked in", Kind.CHOICE, (("true", "Yes"), ("false", "No"))),
        Filter("event_id", "Event", Kind.HIDDEN),
        Filter("user_id", "Account", Kind.HIDDEN),
    ),
    views=_BOOKING_VIEWS,
    actions=(BulkChoice(BulkAction.CANCEL_BOOKINGS, "Cancel bookings"),),
    empty="No booking matches. Remove a filter.",
)

VISITORS: Table[BookingView, VisitorFilter] = Table(
    name="visitors",
    title="Visitors",
    about="Who registered for an event without an account.",
    schema=VisitorsTableQuery,
    fetch=_fetch_visitors,
    matching=_match_visitors,
    row_id=lambda view: view.booking.id,
    columns=(
        Column("Name", _booking_link(_visitor_name)),
        Column("Email", _holder_email),
        Column("Event", _event_of),
        Column("Status", booking_status),
        Column("Registered (UTC)", lambda view: moment(view.booking.created_at), sort="created"),
    ),
    filters=(Filter("email", "Email, the whole address", Kind.SEARCH), Filter("event_id", "Event", Kind.HIDDEN)),
    actions=(BulkChoice(BulkAction.CANCEL_BOOKINGS, "Cancel registrations"),),
    empty="Nobody has registered without an account.",
)
