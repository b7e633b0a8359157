"""The page to choose seats: the picker, and the list that works without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from aiohttp import web

from adapters.http.middleware.auth import maybe_principal, principal
from adapters.http.middleware.rate_limiting import BOOKING, rate_limit
from adapters.http.pages.booking.choices import (
    SEATS_LISTED,
    in_words,
    path_after_booking,
    read_seats,
    read_sent_seats,
    seats_path,
)
from adapters.http.pages.booking.placing import CLOSED, Places, places_page
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.own_bookings import own_bookings
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.pages.shared.sessions import sign_in_path
from adapters.http.shared.forms import FORM, Form
from adapters.http.shared.statuses import status_of
from adapters.http.use_cases import use_cases
from core.booking.errors import IdempotencyKeyReused, SeatUnavailable, SoldOut, UnknownSeat
from core.booking.requests import MAX_PARTY_SIZE
from core.booking.seat_choice import are_side_by_side, free_seats, nearest_equal_set
from core.booking.seats import SeatMap, SeatStatus, row_label
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the list, or the part of a long one: its label, the labels and numbers of its free seats, and how many
    seats it has.
    """

    label: str
    free: Sequence[tuple[str, int]]
    total: int


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of the list of seats, with its number from 1, and the numbers and first rows of all pages."""

    number: int
    rows: Sequence[ListedRow]
    pages: Sequence[tuple[int, str]]

    @property
    def free(self) -> frozenset[str]:
        return frozenset(label for row in self.rows for label, _ in row.free)


@dataclass(frozen=True, slots=True)
class Loss:
    """Chosen seats that are not free, and what to take instead: as many seats, or none if not enough are free."""

    lost: Sequence[str]
    offered: Sequence[str]
    are_together: bool

    @property
    def text(self) -> str:
        """What happened, and what is next."""
        gone = f"{in_words(self.lost)} {'are' if len(self.lost) > 1 else 'is'} taken."
        if not self.offered:
            return f"{gone} Not enough other seats are free."
        verb, together = ("are", ", side by side") if len(self.offered) > 1 else ("is", "")
        return f"{gone} {in_words(self.offered)} {verb} free{together if self.are_together else ''}."


@page()
async def show_seats(request: web.Request) -> web.Response:
    """Show the seats, with those of the address chosen as far as they are free."""
    event_id, seats = event_id_of(request), read_seats(request.query)
    if "sign_in" in request.query:
        path = seats_path(event_id, seats)
        see_other(request, path if viewer(request) else sign_in_path(path))
    return await _seats_page(request, event_id, seats)


@page(Audience.MEMBER)
@rate_limit(BOOKING)
async def book_seats(request: web.Request) -> web.Response:
    """Book the chosen seats, all or none, and go on to the payment or the booking. Or turn to a page of the list."""
    event_id, sent = event_id_of(request), form(request)
    seats = read_sent_seats(sent)
    if turned_to := sent.text("page"):
        see_other(request, seats_path(event_id, seats, view="list", page=turned_to))
    try:
        placed = await use_cases(request).booking.place(
            event_id,
            by=principal(request),
            key=sent.text("key"),
            seat_ids=seats,
            waitlist=sent.text("waitlist") == "on",
        )
    except (InvalidFields, SeatUnavailable, UnknownSeat, SoldOut, IdempotencyKeyReused, *CLOSED) as refusal:
        return await _seats_page(request, event_id, seats, refusal)
    return see_other(request, path_after_booking(placed.view, seats))


async def _seats_page(
    request: web.Request, event_id: EventId, wanted: Sequence[str], refusal: Refusal | None = None
) -> web.Response:
    view = await use_cases(request).catalog.read_event(event_id, viewer=maybe_principal(request))
    now = use_cases(request).clock.now()
    if not view.event.is_bookable(now) or now >= view.event.start_time or isinstance(refusal, CLOSED):
        return await places_page(request, view, Form(), refusal=refusal)
    if Places(view.event).is_full:
        return await places_page(request, view, Form.of({"quantity": len(wanted) or 1}), refusal=refusal)
    seat_map = await use_cases(request).booking.read_seat_map(event_id, viewer=maybe_principal(request))
    if not isinstance(seat_map, SeatMap) or not seat_map.total:
        see_other(request, f"/events/{event_id}/book")
    chosen = free_seats(seat_map, wanted)
    listed = list_page(seat_map, request.query.get("page", "1"))
    sent = request.get(FORM, Form())
    is_list = "list" in (request.query.get("view"), sent.text("view"))
    return page_response(
        request,
        "booking/seats.html",
        status=status_of(type(refusal)) if refusal else 200,
        view=view,
        event=view.event,
        seat_map=seat_map,
        own=await own_bookings(request, event_id),
        chosen=chosen,
        elsewhere=[seat for seat in chosen if seat not in listed.free],
        loss=_find_loss(seat_map, wanted, chosen),
        listed=listed,
        is_list=is_list,
        most=MAX_PARTY_SIZE,
        refusal=refusal,
        message=_message(refusal),
        picker_path=seats_path(event_id, chosen),
        list_path=seats_path(event_id, chosen, view="list"),
    )


def _find_loss(seat_map: SeatMap, wanted: Sequence[str], chosen: Sequence[str]) -> Loss | None:
    lost = [seat for seat in wanted if seat not in chosen]
    if not lost:
        return None
    offered = nearest_equal_set(seat_map, wanted) if len(wanted) <= MAX_PARTY_SIZE else []
    return Loss(lost, offered, are_side_by_side(seat_map, offered))


def _message(refusal: Refusal | None) -> str | None:
    """Return what the page says about a refusal, unless it says that about the seats anyway."""
    match refusal:
        case None | SeatUnavailable() | UnknownSeat():
            return None
        case InvalidFields():
            return f"Choose 1 to {MAX_PARTY_SIZE} seats."
        case IdempotencyKeyReused():
            return "You have booked this event in another tab a moment ago. To book these seats too, send them again."
        case _:
            return refusal.detail


def list_page(seat_map: SeatMap, wanted: str) -> ListPage:
    """Return a page of the list: about `SEATS_LISTED` seats, in whole rows if they are no longer than that. `wanted` is
    the number of the page, or the first page is returned.
    """
    per_row, total = seat_map.per_row, seat_map.total
    size = max(SEATS_LISTED // per_row * per_row, min(SEATS_LISTED, per_row))
    firsts = range(0, total, size)
    pages = [(number, row_label(first // per_row)) for number, first in enumerate(firsts, 1)]
    number = next((number for number, _ in pages if str(number) == wanted), 1)
    first = firsts[number - 1]
    return ListPage(number, list(_rows(seat_map, first, min(first + size, total))), pages)


def _rows(seat_map: SeatMap, first: int, end: int) -> Iterator[ListedRow]:
    per_row = seat_map.per_row
    at = first
    while at < end:
        row, column = divmod(at, per_row)
        until = min((row + 1) * per_row, end)
        letters = islice(seat_map.statuses, at, until)
        label = row_label(row)
        free = [
            (f"{label}-{number}", number)
            for number, letter in enumerate(letters, column + 1)
            if letter == SeatStatus.AVAILABLE.letter
        ]
        yield ListedRow(label, free, until - at)
        at = until


ROUTES = [
    web.get(f"/events/{EVENT_ID}/seats", show_seats),
    web.post(f"/events/{EVENT_ID}/seats", book_seats),
]
