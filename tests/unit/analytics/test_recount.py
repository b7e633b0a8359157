"""What each figure counts, by examples worked out by hand (H1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.analytics.model import DayCount, EventStatistics, Places, Revenue, Summary, TopEvent, fill_days, percent_of
from core.analytics.recount import Records
from core.analytics.storing import dump_summary, load_summary
from core.booking.model import Booking, BookingStatus
from core.booking.payment import PaymentStatus
from core.catalog.model import Event, EventStatus, Origin
from core.shared.access import Role
from core.shared.ids import UserId
from tests.support.builders import NOW, a_booking, a_payment, a_person, a_user, an_event

OTTO, BEA = a_person(Role.ORGANIZER).user_id, a_person().user_id
PENDING = {"status": BookingStatus.PENDING, "expires_at": NOW + timedelta(minutes=5)}
EXPIRED = {"status": BookingStatus.PENDING, "expires_at": NOW - timedelta(minutes=5)}


def records(events: list[Event], bookings: list[Booking], **more: Any) -> Records:
    nothing: dict[str, Any] = {"payments": [], "tickets": [], "users": []}
    return Records(events=events, bookings=bookings, **nothing | more)


def of(event: Event, quantity: int = 2, **values: Any) -> Booking:
    return a_booking(event.id, BEA, quantity=quantity, **values)


def test_an_expired_hold_is_not_booked_and_a_hold_is_not_sold() -> None:
    event = an_event(capacity=10)
    counted = records([event], [of(event, 3), of(event, 2, **PENDING), of(event, 4, **EXPIRED)])
    assert counted.totals(NOW).places == Places(capacity=10, booked=5, booked_of_capacity=5)
    assert counted.totals(NOW).places.utilization_pct == 50.0
    assert counted.homepage(NOW).total_tickets_sold == 3


def test_events_without_a_capacity_and_cancelled_events_do_not_change_the_utilization() -> None:
    full, unlimited = an_event(capacity=4), an_event(capacity=None)
    cancelled = an_event(capacity=100, status=EventStatus.CANCELLED)
    counted = records([full, unlimited, cancelled], [of(full, 4), of(unlimited, 9)])
    assert counted.totals(NOW).places == Places(capacity=4, booked=13, booked_of_capacity=4)


def test_hidden_and_cancelled_and_past_events_are_not_upcoming() -> None:
    events = [
        an_event(city="Zürich"),
        an_event(city="ZURICH", status=EventStatus.CLOSED),
        an_event(city="Oslo", status=EventStatus.INACTIVE),
        an_event(city="Bergen", status=EventStatus.CANCELLED),
        an_event(city="Rome", start_time=NOW - timedelta(days=1), origin=Origin.DICE),
    ]
    figures = records(events, []).homepage(NOW)
    assert (figures.total_events, figures.upcoming_events, figures.cities_covered) == (3, 2, 1)
    assert records(events, []).totals(NOW).events_by_origin == {Origin.LOCAL: 4, Origin.DICE: 1}


def test_customers_are_active_accounts_without_organizers_and_admins() -> None:
    users = [a_user(), a_user(is_active=False), a_user(role=Role.ORGANIZER), a_user(role=Role.ADMIN)]
    assert records([], [], users=users).homepage(NOW).total_customers == 1
    assert records([], [], users=users).totals(NOW).users == 4


def test_revenue_is_what_was_paid_and_not_refunded_in_each_currency() -> None:
    event = an_event()
    paid = [of(event) for _ in range(4)]
    payments = [
        a_payment(booking_id=paid[0].id, status=PaymentStatus.CAPTURED),
        a_payment(booking_id=paid[1].id, status=PaymentStatus.CAPTURED, amount=Decimal(3000), currency="JPY"),
        a_payment(booking_id=paid[2].id, status=PaymentStatus.REFUND_DUE),
        a_payment(booking_id=paid[3].id, status=PaymentStatus.OPEN),
    ]
    revenue = records([event], paid, payments=payments).totals(NOW).revenue
    assert revenue == (Revenue("EUR", Decimal("25.00")), Revenue("JPY", Decimal(3000)))


def test_cancellations_count_on_their_own_day_in_utc() -> None:
    event, days_ago = an_event(), timedelta(days=1)
    late = datetime(2026, 11, 18, 23, 59, tzinfo=UTC)
    cancelled = of(event, created_at=late, updated_at=NOW, status=BookingStatus.CANCELLED)
    week = records([event], [cancelled, of(event, 3, created_at=NOW - 7 * days_ago)]).week(NOW)
    assert [each.count for each in week.bookings] == [0, 0, 0, 0, 1, 0, 0]
    assert [each.count for each in week.places] == [0, 0, 0, 0, 2, 0, 0]
    assert [each.count for each in week.cancellations] == [0, 0, 0, 0, 0, 0, 1]
    assert week.bookings[-1].day == NOW.date()


def test_the_days_of_an_event_are_those_of_its_time_zone() -> None:
    event = an_event(timezone="Asia/Kathmandu")
    moments = [datetime(2026, 11, 18, 18, 14, tzinfo=UTC), datetime(2026, 11, 20, 18, 15, tzinfo=UTC)]
    figures = records([event], [of(event, created_at=at) for at in moments]).event_statistics(event, NOW)
    assert isinstance(figures, EventStatistics)
    assert figures.bookings_by_day == (
        DayCount(date(2026, 11, 18), 1),
        DayCount(date(2026, 11, 19), 0),
        DayCount(date(2026, 11, 20), 0),
        DayCount(date(2026, 11, 21), 1),
    )


def test_days_are_the_last_year_at_most() -> None:
    days = fill_days({date(2020, 1, 1): 1, date(2026, 1, 1): 2})
    assert (len(days), days[-1], days[0].day) == (366, DayCount(date(2026, 1, 1), 2), date(2025, 1, 1))
    assert fill_days({}) == ()


def test_top_events_are_those_with_the_most_booked_places_that_are_still_on() -> None:
    events = [an_event(name=f"Event {number}", capacity=20) for number in range(7)]
    past = an_event(start_time=NOW - timedelta(days=1))
    bookings = [of(past, 10), *(of(event, number) for number, event in enumerate(events) if number)]
    top = records([*events, past], bookings).top_events(NOW)
    assert [each.name for each in top] == ["Event 6", "Event 5", "Event 4", "Event 3", "Event 2"]
    assert top[0] == TopEvent(events[6].id, "Event 6", 6, 20)


def test_organizers_see_their_own_events_by_category() -> None:
    mine = [an_event(organizer_id=OTTO, category=category, capacity=4) for category in ("Film", "film", None)]
    other = an_event(organizer_id=UserId(BEA), category="Film")
    waiting = of(mine[0], status=BookingStatus.WAITLISTED, waitlist_number=1)
    statistics = records([*mine, other], [of(mine[0], 1), of(mine[1], 2), of(other), waiting]).statistics(OTTO, NOW)
    assert (statistics.events, statistics.tickets_sold, statistics.waitlisted) == (3, 3, 1)
    film, none = statistics.by_category
    assert (film.category, film.events, film.tickets_sold, film.places.utilization_pct) == ("Film", 2, 3, 37.5)
    assert (none.category, none.events, none.tickets_sold) == (None, 1, 0)


def test_a_summary_is_stored_without_loss() -> None:
    event = an_event(capacity=None)
    paid = of(event)
    payments = [a_payment(booking_id=paid.id, status=PaymentStatus.CAPTURED)]
    counted = records([event], [paid], payments=payments, users=[a_user()])
    summary = Summary(NOW, counted.totals(NOW), counted.top_events(NOW), counted.week(NOW))
    assert load_summary(dump_summary(summary)) == summary


def test_nothing_of_nothing_is_booked() -> None:
    assert (percent_of(0, 0), percent_of(3, None), percent_of(1, 3)) == (0.0, 0.0, 33.3)
