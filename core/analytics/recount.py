"""Every figure, counted from the stored records one by one: plain, slow, and what all stores have to agree with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from core.accounts.model import User
from core.analytics.model import (
    LISTED,
    TOP_EVENTS,
    CategoryStatistics,
    EventStatistics,
    HomepageFigures,
    Places,
    Revenue,
    Statistics,
    TopEvent,
    Totals,
    Week,
    count_days,
    fill_days,
    last_days,
    rank_categories,
    revenue_of,
)
from core.booking.model import HOLDING, Booking, BookingStatus, Ticket
from core.booking.payment import Payment, PaymentStatus
from core.catalog.model import Event, EventStatus
from core.shared.access import Role
from core.shared.ids import EventId, UserId
from core.shared.text import fold_text, name_key
from core.shared.timezones import zone_of


@dataclass(frozen=True, slots=True)
class Records:
    """All that is stored of these."""

    events: Collection[Event]
    bookings: Collection[Booking]
    payments: Collection[Payment]
    tickets: Collection[Ticket]
    users: Collection[User]

    def homepage(self, now: datetime) -> HomepageFigures:
        listed = [event for event in self.events if event.status in LISTED]
        upcoming = [event for event in listed if event.end_time > now]
        return HomepageFigures(
            total_events=len(listed),
            upcoming_events=len(upcoming),
            total_tickets_sold=_places(self.bookings, _is_confirmed),
            total_customers=sum(user.role is Role.USER and user.is_active for user in self.users),
            cities_covered=len({fold_text(event.city) for event in upcoming if event.city}),
        )

    def totals(self, now: datetime) -> Totals:
        return Totals(
            active_events=sum(event.status in LISTED and event.end_time > now for event in self.events),
            events_by_origin=dict(Counter(event.origin for event in self.events)),
            users=len(self.users),
            places=self._places_of(self.events, now),
            waitlisted=sum(each.status is BookingStatus.WAITLISTED for each in self.bookings),
            cancelled=sum(each.status is BookingStatus.CANCELLED for each in self.bookings),
            revenue=self._revenue_of(self.bookings),
        )

    def top_events(self, now: datetime) -> tuple[TopEvent, ...]:
        on = [event for event in self.events if event.status in LISTED and event.end_time > now]
        booked = {event.id: _places(self._bookings_of([event]), _holds(now)) for event in on}
        ranked = sorted((event for event in on if booked[event.id]), key=lambda event: (-booked[event.id], event.id))
        return tuple(TopEvent(each.id, each.name, booked[each.id], each.capacity) for each in ranked[:TOP_EVENTS])

    def week(self, now: datetime) -> Week:
        days = last_days(now.astimezone(UTC).date())
        places: Counter[date] = Counter()
        for booking in self.bookings:
            places[booking.created_at.astimezone(UTC).date()] += booking.quantity
        cancelled = [booking for booking in self.bookings if booking.status is BookingStatus.CANCELLED]
        return Week(
            bookings=count_days(_by_day(each.created_at for each in self.bookings), days),
            places=count_days(places, days),
            cancellations=count_days(_by_day(each.updated_at for each in cancelled), days),
            accounts=count_days(_by_day(each.created_at for each in self.users), days),
            events=count_days(_by_day(each.created_at for each in self.events), days),
        )

    def statistics(self, organizer_id: UserId | None, now: datetime) -> Statistics:
        events = [event for event in self.events if organizer_id in (None, event.organizer_id)]
        bookings = self._bookings_of(events)
        by_category: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_category[name_key(event.category or "")].append(event)
        return Statistics(
            events=len(events),
            tickets_sold=_places(bookings, _is_confirmed),
            waitlisted=sum(each.status is BookingStatus.WAITLISTED for each in bookings),
            places=self._places_of(events, now),
            revenue=self._revenue_of(bookings),
            by_category=rank_categories(self._category(some, now) for some in by_category.values()),
        )

    def event_statistics(self, event: Event, now: datetime) -> EventStatistics:
        bookings = self._bookings_of([event])
        return EventStatistics(
            event_id=event.id,
            capacity=event.capacity,
            booked=_places(bookings, _holds(now)),
            waitlisted=sum(each.status is BookingStatus.WAITLISTED for each in bookings),
            cancelled=sum(each.status is BookingStatus.CANCELLED for each in bookings),
            checked_in=sum(each.event_id == event.id and each.checked_in_at is not None for each in self.tickets),
            revenue=self._revenue_of(bookings),
            bookings_by_day=fill_days(_by_day((each.created_at for each in bookings), zone_of(event.timezone))),
        )

    def _bookings_of(self, events: Iterable[Event]) -> list[Booking]:
        ids: set[EventId] = {event.id for event in events}
        return [booking for booking in self.bookings if booking.event_id in ids]

    def _places_of(self, events: Iterable[Event], now: datetime) -> Places:
        on = [event for event in events if event.status is not EventStatus.CANCELLED]
        limited = [event for event in on if event.capacity is not None]
        return Places(
            capacity=sum(event.capacity or 0 for event in limited),
            booked=_places(self._bookings_of(on), _holds(now)),
            booked_of_capacity=_places(self._bookings_of(limited), _holds(now)),
        )

    def _revenue_of(self, bookings: Iterable[Booking]) -> tuple[Revenue, ...]:
        ids = {booking.id for booking in bookings}
        amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for payment in self.payments:
            if payment.status is PaymentStatus.CAPTURED and payment.booking_id in ids:
                amounts[payment.currency] += payment.amount
        return revenue_of(amounts)

    def _category(self, events: list[Event], now: datetime) -> CategoryStatistics:
        sold = _places(self._bookings_of(events), _is_confirmed)
        spelling = min((event.category for event in events if event.category), default=None)
        return CategoryStatistics(spelling, len(events), sold, self._places_of(events, now))


def _places(bookings: Iterable[Booking], counts: Callable[[Booking], bool]) -> int:
    return sum(booking.quantity for booking in bookings if counts(booking))


def _is_confirmed(booking: Booking) -> bool:
    return booking.status is BookingStatus.CONFIRMED


def _holds(now: datetime) -> Callable[[Booking], bool]:
    """Return the condition that a booking has places at a moment."""
    return lambda booking: booking.status in HOLDING and not booking.is_expired(now)


def _by_day(moments: Iterable[datetime], zone: tzinfo = UTC) -> Counter[date]:
    return Counter(moment.astimezone(zone).date() for moment in moments)
