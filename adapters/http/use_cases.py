"""What the handlers may call."""

from __future__ import annotations

from dataclasses import dataclass

from core.accounts.reading import ReadProfile
from core.accounts.signing_in import LogIn, RefreshSession
from core.accounts.signing_up import SignUp
from core.booking.cancelling import CancelBooking
from core.booking.placing import PlaceBooking
from core.booking.reading import ListMyBookings, ReadBooking
from core.catalog.editing import ChangeEvent, CreateArea, CreateEvent
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class UseCases:
    """Every use case that HTTP reaches, by its name; and the clock, since a search says what time it is."""

    sign_up: SignUp
    log_in: LogIn
    refresh_session: RefreshSession
    read_profile: ReadProfile

    create_event: CreateEvent
    change_event: ChangeEvent
    search_events: SearchEvents
    read_event: ReadEvent
    create_area: CreateArea
    list_areas: ListAreas

    place_booking: PlaceBooking
    read_booking: ReadBooking
    list_my_bookings: ListMyBookings
    cancel_booking: CancelBooking

    clock: Clock
