"""Responses about figures. Counts are as `docs/analytics.md` explains them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from adapters.http.shared.fields import Amount, Day, Id, Moment
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.analytics.model import CategoryStatistics, DayCount, EventStatistics, Statistics, Summary, Totals, Week
from core.catalog.model import Origin

_PERCENT = {"description": "Booked places in percent of the capacity, of what has one.", "example": 62.5}


def _count(what: str, example: int, **options: Any) -> fields.Integer:
    return fields.Integer(metadata={"description": what, "example": example}, **options)


class HomepageFiguresOut(ResponseSchema):
    """Figures for everybody."""

    total_events = _count("Events that are neither hidden nor cancelled.", 412)
    upcoming_events = _count("Those that have not ended.", 180)
    total_tickets_sold = _count("Confirmed places.", 9_310)
    total_customers = _count("Active accounts, without organizers and admins.", 2_204)
    cities_covered = _count("Cities with events that have not ended.", 4)


class RevenueOut(ResponseSchema):
    """What was paid in one currency, without what was or will be refunded."""

    currency = fields.String(metadata={"example": "EUR"})
    amount = Amount()


class DayCountOut(ResponseSchema):
    date = Day()
    count = _count("How many there were.", 12)

    def flatten(self, day: DayCount) -> dict[str, Any]:
        return {"date": day.day, "count": day.count}


def _revenue() -> fields.List[Any]:
    return fields.List(
        fields.Nested(RevenueOut),
        metadata={"description": "One entry for each currency. Amounts of different currencies are never added."},
    )


def _days(what: str) -> fields.List[Any]:
    return fields.List(fields.Nested(DayCountOut), metadata={"description": what})


class SummaryTotalsOut(ResponseSchema):
    """The whole platform."""

    events = _count("All events, whatever their status.", 24)
    active_events = _count("Open and closed events that have not ended.", 18)
    users = _count("All accounts.", 2_260)
    capacity = _count("The places of events that have a capacity, and are not cancelled.", 160)
    booked = _count("Confirmed and held places.", 100)
    waitlisted = _count("Waiting parties.", 3)
    cancelled = _count("Cancelled bookings.", 7)
    utilization_pct = fields.Float(metadata=_PERCENT)
    revenue = _revenue()

    def flatten(self, totals: Totals) -> dict[str, Any]:
        return {
            "events": totals.events,
            "active_events": totals.active_events,
            "users": totals.users,
            "capacity": totals.places.capacity,
            "booked": totals.places.booked,
            "waitlisted": totals.waitlisted,
            "cancelled": totals.cancelled,
            "utilization_pct": totals.places.utilization_pct,
            "revenue": totals.revenue,
        }


class TopEventOut(ResponseSchema):
    """An event with many bookings."""

    id = Id()
    name = fields.String(metadata={"example": "Night of the short film"})
    booked = _count("Confirmed and held places.", 100)
    capacity = _count("null: unlimited.", 160, allow_none=True)
    utilization_pct = fields.Float(metadata=_PERCENT)


class SummaryWeekOut(ResponseSchema):
    """The last seven days in UTC, the last one today."""

    bookings = _days("Bookings by the day on which they were made, whatever has become of them.")
    cancellations = _days("Bookings by the day on which they were cancelled.")

    def flatten(self, week: Week) -> dict[str, Any]:
        return {"bookings": week.bookings, "cancellations": week.cancellations}


class SummaryOut(ResponseSchema):
    """The figures of admins."""

    generated_at = Moment()
    cached = fields.Boolean(
        metadata={"description": "Whether they were computed for an earlier request.", "example": True}
    )
    totals = fields.Nested(SummaryTotalsOut)
    top_events = fields.List(
        fields.Nested(TopEventOut),
        metadata={"description": "Active events with the most booked places, five at most."},
    )
    events_by_origin = fields.Dict(
        keys=fields.Enum(Origin, by_value=True),
        values=fields.Integer(),
        metadata={"description": "How many events came from where.", "example": {"local": 12, "dice": 340}},
    )
    timeseries_7d = fields.Nested(SummaryWeekOut)

    def flatten(self, summary: Summary) -> dict[str, Any]:
        return {
            "generated_at": summary.generated_at,
            "cached": summary.cached,
            "totals": summary.totals,
            "top_events": summary.top_events,
            "events_by_origin": summary.totals.events_by_origin,
            "timeseries_7d": summary.week,
        }


class CategoryStatisticsOut(ResponseSchema):
    """The events of one category."""

    category = fields.String(
        allow_none=True, metadata={"description": "null: events without a category.", "example": "Music"}
    )
    events = _count("Events of whatever status.", 24)
    tickets_sold = _count("Confirmed places.", 96)
    utilization_pct = fields.Float(metadata=_PERCENT)

    def flatten(self, category: CategoryStatistics) -> dict[str, Any]:
        return {
            "category": category.category,
            "events": category.events,
            "tickets_sold": category.tickets_sold,
            "utilization_pct": category.places.utilization_pct,
        }


class StatisticsOut(ResponseSchema):
    """Several events together."""

    events = _count("Events of whatever status.", 24)
    tickets_sold = _count("Confirmed places.", 96)
    revenue = _revenue()
    waitlisted = _count("Waiting parties.", 3)
    utilization_pct = fields.Float(metadata=_PERCENT)
    by_category = fields.List(
        fields.Nested(CategoryStatisticsOut),
        metadata={"description": "The categories with the most places sold, 50 at most."},
    )

    def flatten(self, statistics: Statistics) -> dict[str, Any]:
        return {
            "events": statistics.events,
            "tickets_sold": statistics.tickets_sold,
            "revenue": statistics.revenue,
            "waitlisted": statistics.waitlisted,
            "utilization_pct": statistics.places.utilization_pct,
            "by_category": statistics.by_category,
        }


class EventStatisticsOut(ResponseSchema):
    """One event."""

    event_id = Id()
    capacity = _count("null: unlimited.", 160, allow_none=True)
    booked = _count("Confirmed and held places.", 100)
    available = _count("null: unlimited.", 60, allow_none=True)
    waitlisted = _count("Waiting parties.", 3)
    cancelled = _count("Cancelled bookings.", 7)
    checked_in = _count("Tickets that were used.", 88)
    revenue = _revenue()
    utilization_pct = fields.Float(metadata=_PERCENT)
    bookings_by_day = _days(
        "Bookings by the day in the event's time zone on which they were made, from the first such day to the last; "
        "the last 366 days at most."
    )

    def flatten(self, statistics: EventStatistics) -> EventStatistics:
        return statistics


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    refresh: bool = False


class SummaryQuery(RequestSchema[SummaryRequest]):
    refresh = fields.Boolean(metadata={"description": "Compute the figures now.", "example": True})
