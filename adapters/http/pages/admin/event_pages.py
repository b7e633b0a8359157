"""The pages of one event, and of an area."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from adapters.http.api.catalog.schemas import AreaIn, AreaPath, EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.admin.cells import Fact, link, moment, number, text
from adapters.http.pages.admin.details import detail_page
from adapters.http.pages.admin.lists_of_events import booked, event_status, origin
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.filters import format_price
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.catalog.areas import AreaFields, AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound
from core.catalog.hiding import warning_about
from core.catalog.model import EventStatus, EventView
from core.shared.errors import Conflict, InvalidFields, Stale
from core.shared.versions import Version

STATUS_CHOICES = (
    ("open", "Open", "Listed and bookable until its registration deadline. Places go to those who wait first."),
    ("closed", "Closed", "Listed, but it takes no bookings. Those that exist stay."),
    ("inactive", "Hidden", "Seen by its organizer, admins and those who have booked. They get an email."),
)
_STALE = "Somebody has changed this area since you opened it. Compare its facts with your fields, and save again."
AREA_FIELDS = tuple(AreaFields.__annotations__)


@page(Audience.ADMIN)
@match_info_schema(EventPath)
async def show_event(request: web.Request) -> web.Response:
    """Show an event, and what can be done with it."""
    return await _event_page(request, {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def change_status(request: web.Request) -> web.Response:
    """Open, close or hide the event."""
    event_id, status = get_input(request, EventPath).event_id, form(request).text("status")
    if status not in {value for value, _, _ in STATUS_CHOICES}:
        return await _event_page(request, {"status": ["Choose what the event should be."]})
    try:
        await use_cases(request).catalog.change_event(
            event_id, by=principal(request), wanted={"status": EventStatus(status)}
        )
    except InvalidFields as refusal:
        return await _event_page(request, refusal.errors)
    except Conflict as refusal:
        return await _event_page(request, {"status": [refusal.detail]})
    label = {value: label for value, label, _ in STATUS_CHOICES}[status]
    return see_other(request, f"/admin/events/{event_id}", f"The event is {label.lower()} now.")


async def _event_page(request: web.Request, errors: Errors) -> web.Response:
    viewer = principal(request)
    view = await use_cases(request).catalog.read_event(get_input(request, EventPath).event_id, viewer=viewer)
    event, now = view.event, use_cases(request).clock.now()
    return await detail_page(
        request,
        "admin/event.html",
        event.id,
        list(_event_facts(view, await _organizer_name(request, view))),
        errors,
        view=view,
        warning=warning_about(event, viewer, now),
        is_over=event.end_time <= now,
        form=form(request) if errors else Form.of({"status": event.status}),
        choices=STATUS_CHOICES,
    )


async def _organizer_name(request: web.Request, view: EventView) -> str:
    organizer_id = view.event.organizer_id
    if organizer_id is None:
        return ""
    names = await use_cases(request).accounts.name_users([organizer_id], by=principal(request))
    return names.get(organizer_id, "")


def _event_facts(view: EventView, organizer: str) -> Iterator[Fact]:
    event = view.event
    yield Fact("Status", event_status(event))
    yield Fact("Starts", moment(event.start_time, event.timezone))
    yield Fact("Ends", moment(event.end_time, event.timezone))
    yield Fact("Where", text(view.location))
    if view.area is not None:
        yield Fact("Area", link(view.area.name, f"/admin/areas/{view.area.id}"))
    yield Fact("Booked", booked(event))
    yield Fact("In line", number(event.waitlist_count))
    yield Fact("Price", text(format_price(event.price, event.currency)))
    yield Fact("Registration until", moment(event.registration_deadline, event.timezone))
    if event.organizer_id is not None:
        yield Fact("Organizer", link(organizer, f"/admin/users/{event.organizer_id}"))
    yield Fact("Origin", origin(event))
    for source in view.sources:
        yield Fact(f"Seen at {source.source}", link(source.url, source.url, f"last {moment(source.last_seen).text}"))
    yield Fact("Changed (UTC)", moment(event.updated_at))


@page(Audience.ADMIN)
async def show_new_area(request: web.Request) -> web.Response:
    """Show the form of a new area."""
    return _new_area_page(request, Form(), {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@changes_public_lists
async def create_area(request: web.Request) -> web.Response:
    """Create the area."""
    try:
        body = load_form(request, AreaIn)
        area = await use_cases(request).catalog.create_area(
            by=principal(request),
            name=body.name,
            address=body.address,
            city=body.city,
            latitude=body.latitude,
            longitude=body.longitude,
        )
    except InvalidFields as refusal:
        return _new_area_page(request, form(request), refusal.errors)
    except AreaExists as refusal:
        return _new_area_page(request, form(request), {"name": [refusal.detail]})
    return see_other(request, "/admin/areas", f"The area {area.name} is created.")


def _new_area_page(request: web.Request, sent: Form, errors: Errors) -> web.Response:
    status = 422 if errors else 200
    return page_response(request, "admin/area-new.html", status=status, form=sent, errors=errors)


@page(Audience.ADMIN)
@match_info_schema(AreaPath)
async def show_area(request: web.Request) -> web.Response:
    """Show an area, to be edited."""
    return await _area_page(request, {})


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(AreaPath)
async def change_area(request: web.Request) -> web.Response:
    """Change the area, unless somebody else has since it was shown."""
    area_id = get_input(request, AreaPath).area_id
    try:
        body = load_form(request, AreaIn)
        wanted: AreaFields = {
            "name": body.name,
            "address": body.address,
            "city": body.city,
            "latitude": body.latitude,
            "longitude": body.longitude,
        }
        await use_cases(request).catalog.change_area(
            area_id, by=principal(request), wanted=wanted, expected=frozenset({Version(form(request).text("version"))})
        )
    except InvalidFields as refusal:
        return await _area_page(request, refusal.errors)
    except AreaExists as refusal:
        return await _area_page(request, {"name": [refusal.detail]})
    except Stale:
        return await _area_page(request, {"area": [_STALE]})
    return see_other(request, "/admin/areas", f"The area {body.name} is saved.")


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(AreaPath)
async def delete_area(request: web.Request) -> web.Response:
    """Delete the area, if no event takes place in it."""
    try:
        await use_cases(request).catalog.delete_area(get_input(request, AreaPath).area_id, by=principal(request))
    except AreaInUse as refusal:
        return await _area_page(request, {"area": [refusal.detail]})
    return see_other(request, "/admin/areas", "The area is deleted.")


async def _area_page(request: web.Request, errors: Errors) -> web.Response:
    summary = await _find_area(request)
    area = summary.area
    facts = [
        Fact("Name", text(area.name)),
        Fact("Address", text(area.address)),
        Fact("City", text(area.city)),
        Fact("Position", text(None if area.latitude is None else f"{area.latitude}, {area.longitude}")),
        Fact("Events", link(f"{summary.events:,}", f"/admin/events?area_id={area.id}")),
        Fact("Added (UTC)", moment(area.created_at)),
    ]
    stored = Form.of({each: getattr(area, each) for each in AREA_FIELDS})
    shown = form(request) if errors and form(request).fields.get("version") else stored
    return await detail_page(request, "admin/area.html", area.id, facts, errors, summary=summary, form=shown)


async def _find_area(request: web.Request) -> AreaSummary:
    area_id = get_input(request, AreaPath).area_id
    for summary in await use_cases(request).catalog.list_areas():
        if summary.area.id == area_id:
            return summary
    raise AreaNotFound("There is no such area.")


ROUTES = [
    web.get("/admin/events/{event_id}", show_event),
    web.post("/admin/events/{event_id}/actions/status", change_status),
    web.get("/admin/areas/new", show_new_area),
    web.post("/admin/areas/new", create_area),
    web.get("/admin/areas/{area_id}", show_area),
    web.post("/admin/areas/{area_id}", change_area),
    web.post("/admin/areas/{area_id}/actions/delete", delete_area),
]
