"""Events, and the areas they take place in."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.cells import Cell, Tone, badge, link, moment, state, text
from adapters.http.pages.admin.queries import AreasFilter, AreasTableQuery, EventsFilter, EventsTableQuery
from adapters.http.pages.admin.tables import BulkChoice, Column, Filter, Kind, Table, View
from adapters.http.shared.paging import FilteredPage
from adapters.http.use_cases import use_cases
from core.administration.model import BulkAction
from core.catalog.areas import AreaSummary
from core.catalog.model import Event, EventStatus, EventView, Origin
from core.catalog.search import EventQuery
from core.shared.paging import COUNT_LIMIT, BadCursor, Page
from core.shared.text import fold_text

EVENT_TONES = {EventStatus.OPEN: Tone.GO, EventStatus.CLOSED: Tone.MOON, EventStatus.CANCELLED: Tone.STOP}


async def _fetch_events(request: web.Request, wanted: FilteredPage[EventsFilter]) -> Page[EventView]:
    return await use_cases(request).catalog.search_events(_match_events(request, wanted.filter), wanted.page)


def _match_events(request: web.Request, wanted: EventsFilter) -> EventQuery:
    return wanted.query(principal(request), use_cases(request).clock.now())


async def _fetch_areas(request: web.Request, wanted: FilteredPage[AreasFilter]) -> Page[AreaSummary]:
    found = await use_cases(request).catalog.list_areas()
    if text_wanted := fold_text(wanted.filter.text):
        found = [each for each in found if text_wanted in _text_of(each)]
    order = wanted.filter.sort
    if order.lstrip("-") == "events":
        found = sorted(found, key=lambda each: each.events)
    ordered = list(reversed(found)) if order.startswith("-") else list(found)
    start = _read_offset(wanted.page.cursor) if wanted.page.cursor else wanted.page.offset
    end = start + wanted.page.limit
    return Page(
        items=ordered[start:end],
        total=min(len(ordered), COUNT_LIMIT),
        total_capped=len(ordered) > COUNT_LIMIT,
        limit=wanted.page.limit,
        offset=start,
        next_cursor=str(end) if end < len(ordered) else None,
    )


def _text_of(summary: AreaSummary) -> str:
    area = summary.area
    return fold_text("\n".join((area.name, area.address or "", area.city or "")))


def _read_offset(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit()):
        raise BadCursor("This address is incomplete. Start again from the first page.")
    return int(cursor)


def _word(status: EventStatus) -> str:
    return "hidden" if status is EventStatus.INACTIVE else status.value


def event_status(event: Event) -> Cell:
    """Show whether an event is open, closed, hidden or cancelled."""
    return replace(state(event.status, EVENT_TONES), text=_word(event.status))


def booked(event: Event) -> Cell:
    """Show how many places are booked, and how many parties wait."""
    of_all = f" of {event.capacity:,}" if event.capacity is not None else ""
    note = f"{event.waitlist_count:,} in line" if event.waitlist_count else None
    return Cell(f"{event.booked_count:,}{of_all}", note=note, data=str(event.booked_count))


def origin(event: Event) -> Cell:
    """Show where an event comes from."""
    if event.origin is Origin.LOCAL:
        return text("own")
    return badge(event.origin, Tone.INFO)


EVENTS: Table[EventView, EventsFilter] = Table(
    name="events",
    title="Events",
    about="All of them: open, closed, hidden and cancelled; past and to come; our own and gathered.",
    schema=EventsTableQuery,
    fetch=_fetch_events,
    matching=_match_events,
    row_id=lambda view: view.event.id,
    order="-start_time",
    columns=(
        Column("Name", lambda view: link(view.event.name, f"/admin/events/{view.event.id}"), sort="name"),
        Column("Starts", lambda view: moment(view.event.start_time, view.event.timezone), sort="start_time"),
        Column("Where", lambda view: text(view.location)),
        Column("Status", lambda view: event_status(view.event)),
        Column("Origin", lambda view: origin(view.event)),
        Column("Booked", lambda view: booked(view.event), sort="utilization", is_number=True),
        Column("Added (UTC)", lambda view: moment(view.event.created_at), sort="created_at"),
    ),
    filters=(
        Filter("q", "Words", Kind.SEARCH),
        Filter("status", "Status", Kind.CHOICE, tuple((each.value, _word(each).capitalize()) for each in EventStatus)),
        Filter("origin", "Origin", Kind.CHOICE, tuple((each.value, each.value.capitalize()) for each in Origin)),
        Filter("city", "City"),
        Filter("upcoming", "Time", Kind.CHOICE, (("true", "Not over yet"),)),
        Filter("on", "Date (UTC)", Kind.HIDDEN),
        Filter("area_id", "Area", Kind.HIDDEN),
        Filter("organizer_id", "Organizer", Kind.HIDDEN),
    ),
    views=(
        View("All"),
        View("Not over yet", {"upcoming": "true"}),
        View("Hidden", {"status": "inactive"}),
        View("Cancelled", {"status": "cancelled"}),
        View("Our own", {"origin": "local"}),
    ),
    actions=(
        BulkChoice(BulkAction.CLOSE_EVENTS, "Close"),
        BulkChoice(BulkAction.DEACTIVATE_EVENTS, "Hide"),
    ),
    empty="No event matches. Remove a filter, or try fewer words.",
    new=("New event", "/desk/events/new"),
)

AREAS: Table[AreaSummary, AreasFilter] = Table(
    name="areas",
    title="Areas",
    about="Named places that events take place in. Organizers share them.",
    schema=AreasTableQuery,
    fetch=_fetch_areas,
    row_id=lambda summary: summary.area.id,
    order="name",
    columns=(
        Column("Name", lambda summary: link(summary.area.name, f"/admin/areas/{summary.area.id}"), sort="name"),
        Column("Address", lambda summary: text(summary.area.address)),
        Column("City", lambda summary: text(summary.area.city)),
        Column(
            "Events",
            lambda summary: Cell(
                f"{summary.events:,}",
                href=f"/admin/events?area_id={summary.area.id}" if summary.events else None,
                data=str(summary.events),
            ),
            sort="events",
            is_number=True,
        ),
        Column("Added (UTC)", lambda summary: moment(summary.area.created_at)),
    ),
    filters=(Filter("q", "Name, address or city", Kind.SEARCH),),
    empty="No area matches.",
    new=("New area", "/admin/areas/new"),
)
