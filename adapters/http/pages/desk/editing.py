"""Creating and editing an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import groupby

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.desk.conflicts import Difference, merge
from adapters.http.pages.desk.event_form import LABELS, EventForm
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors, merge_errors
from adapters.http.use_cases import use_cases
from core.booking.errors import CapacityBelowBooked
from core.catalog.model import EventView, changes_of_place_or_time
from core.catalog.prechecks import check_event_change, check_new_event
from core.shared.currencies import DECIMALS
from core.shared.errors import InvalidFields, Stale
from core.shared.money import DEFAULT_CURRENCY
from core.shared.paging import PageRequest
from core.shared.timezones import TIME_ZONES


@page(Audience.ORGANIZER)
async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new event, with the time zone and currency of the organizer's next or last one."""
    cases, by = use_cases(request), principal(request)
    one = PageRequest(limit=1)
    known = [
        *(await cases.managing.list_events(one, by=by)).items,
        *(await cases.managing.list_events(one, by=by, past=True)).items,
    ]
    zone, currency = "", DEFAULT_CURRENCY
    if known:
        zone, currency = known[0].inventory.event.timezone, known[0].inventory.currency
    empty = dict.fromkeys(LABELS, "")
    start = EventForm({**empty, "timezone": zone, "currency": currency, "price": "0"}, {})
    return await _form_page(request, start)


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
async def create(request: web.Request) -> web.Response:
    """Create the event and go on to its overview."""
    sent, cases = EventForm.sent(form(request), is_new=True), use_cases(request)
    wanted, errors = sent.read()
    try:
        _check(errors, lambda: check_new_event(wanted, cases.clock.now()))
        view = await cases.catalog.create_event(by=principal(request), wanted=wanted)
    except InvalidFields as refusal:
        return await _form_page(request, sent, errors=refusal.errors, status=422)
    return see_other(request, event_address(view.event.id), f"{view.event.name} is open for booking.")


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_edit(request: web.Request) -> web.Response:
    """Show the form of an event."""
    view = await _managed_event(request)
    return await _form_page(request, EventForm.of(view.event), view=view)


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def edit(request: web.Request) -> web.Response:
    """Save the event. If somebody else has changed one of its fields meanwhile, show what, and let one choose."""
    sent, view = EventForm.sent(form(request)), await _managed_event(request)
    if form(request).text("version") != view.event.version:
        merged = merge(sent, view.event)
        if merged.differences:
            return await _form_page(request, merged.form, view=view, differences=merged.differences, status=412)
    wanted, errors = sent.read(view.event)
    try:
        _check(errors, lambda: check_event_change(wanted))
        if not wanted:
            return see_other(request, event_address(view.event.id), "Nothing was changed.")
        changed = await use_cases(request).catalog.change_event(
            view.event.id, by=principal(request), wanted=wanted, expected=frozenset({view.event.version})
        )
    except Stale:
        return await edit(request)  # somebody has changed it since the lines above
    except InvalidFields as refusal:
        return await _form_page(request, sent, view=view, errors=refusal.errors, status=422)
    except CapacityBelowBooked as refusal:
        return await _form_page(request, sent, view=view, errors={"capacity": [refusal.detail]}, status=409)
    is_moved = changes_of_place_or_time(view, changed)
    notified = " Everybody who has booked is notified about the new time or place." if is_moved else ""
    return see_other(request, event_address(view.event.id), f"Saved.{notified}")


async def _managed_event(request: web.Request) -> EventView:
    """Return the event in the address. Raises EventNotFound or Forbidden."""
    by = principal(request)
    view = await use_cases(request).catalog.read_event(event_id_of(request), viewer=by)
    view.event.must_be_managed_by(by)
    return view


def _check(errors: Errors, check_model: Callable[[], None]) -> None:
    """Raise InvalidFields with these errors, and with those that the model finds in other fields."""
    found: list[Mapping[str, list[str]]] = [errors]
    try:
        check_model()
    except InvalidFields as refusal:
        found.append(refusal.errors)
    if any(found):
        raise InvalidFields(merge_errors(found))


async def _form_page(
    request: web.Request,
    shown: EventForm,
    *,
    view: EventView | None = None,
    errors: Errors | None = None,
    differences: Sequence[Difference] = (),
    status: int = 200,
) -> web.Response:
    """Show the form; that of a new event if there is no view."""
    areas = await use_cases(request).catalog.list_areas()
    return page_response(
        request,
        "desk/event-form.html",
        status=status,
        form=shown.as_form(),
        before=shown.before,
        errors={name: errors[name] for name in LABELS if name in errors} if errors else {},
        labels=LABELS,
        view=view,
        differences=differences,
        areas=[("", "None"), *((str(each.area.id), each.area.name) for each in areas)],
        zones=_zones(),
        currencies=[(code, code) for code in sorted(DECIMALS)],
    )


@cache
def _zones() -> Sequence[tuple[str, Sequence[str]]]:
    """Return the time zones by region, those without one last."""
    regions = groupby(sorted(TIME_ZONES, key=lambda name: ("/" not in name, name)), key=_region_of)
    return [(region, list(names)) for region, names in regions]


def _region_of(zone: str) -> str:
    return zone.partition("/")[0] if "/" in zone else "Others"


ROUTES = [
    web.get(f"{DESK}/events/new", show_new),
    web.post(f"{DESK}/events/new", create),
    web.get(f"{DESK}/events/{{event_id}}/edit", show_edit),
    web.post(f"{DESK}/events/{{event_id}}/edit", edit),
]
