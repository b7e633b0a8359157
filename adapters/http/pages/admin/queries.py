"""The parameters of the admins' lists: those of the API, and what the pages filter and sort by besides."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate

from adapters.http.api.accounts.schemas import AuditQuery, UsersQuery
from adapters.http.api.booking.schemas import AllBookingsQuery, VisitorsQuery
from adapters.http.api.jobs.schemas import JobsQuery
from adapters.http.api.notifications.schemas import NotificationsQuery
from adapters.http.shared.fields import Id
from adapters.http.shared.paging import FilteredPage, FilteredPageQuery
from core.catalog.model import EventStatus, Origin
from core.catalog.search import DatePart, EventQuery, Sort, SortKey
from core.discovery.model import RunOutcome, Source
from core.discovery.ports import RunFilter
from core.notifications.model import MAX_REASON_LENGTH
from core.shared.access import Principal
from core.shared.ids import AreaId, UserId

_PERIOD = re.compile(r"(?P<year>20\d\d)(-(?P<month>0[1-9]|1[0-2])(-(?P<day>0[1-9]|[12]\d|3[01]))?)?")
_AGES = ("created", "-created")
_EVENT_SORTS = ("start_time", "name", "created_at", "utilization", "price")
_AREA_SORTS = ("name", "events")


def _either_way(names: tuple[str, ...]) -> list[str]:
    return [f"{minus}{name}" for name in names for minus in ("", "-")]


class ByAge(FilteredPageQuery[Any]):
    """A list that can be sorted by age alone."""

    sort = fields.String(validate=validate.OneOf(_AGES))

    def build(self, data: dict[str, Any]) -> FilteredPage[Any]:
        oldest_first = data.pop("sort", None) == "created"
        built = super().build(data)
        return FilteredPage(built.filter, replace(built.page, oldest_first=oldest_first))


class UsersTableQuery(ByAge, UsersQuery):
    value_type = UsersQuery.value_type


class BookingsTableQuery(ByAge, AllBookingsQuery):
    value_type = AllBookingsQuery.value_type
    q = fields.String(attribute="text", validate=validate.Length(1, 200))
    checked_in = fields.Boolean()


class VisitorsTableQuery(ByAge, VisitorsQuery):
    value_type = VisitorsQuery.value_type


class NotificationsTableQuery(ByAge, NotificationsQuery):
    value_type = NotificationsQuery.value_type
    user_id = Id()
    reason = fields.String(validate=validate.Length(1, MAX_REASON_LENGTH))


class JobsTableQuery(ByAge, JobsQuery):
    value_type = JobsQuery.value_type


class AuditTableQuery(ByAge, AuditQuery):
    value_type = AuditQuery.value_type


class RunsTableQuery(ByAge, FilteredPageQuery[RunFilter]):
    source = fields.Enum(Source, by_value=True)
    outcome = fields.Enum(RunOutcome, by_value=True)


@dataclass(frozen=True, slots=True)
class NoFilter:
    """The filter of a list that has none."""


class PlainQuery(ByAge, FilteredPageQuery[NoFilter]):
    """A list without filters."""


@dataclass(frozen=True, slots=True)
class AreasFilter:
    """Areas whose name, address or city has this text, in an order."""

    text: str = ""
    sort: str = "name"


class AreasTableQuery(FilteredPageQuery[AreasFilter]):
    q = fields.String(attribute="text", validate=validate.Length(1, 100))
    sort = fields.String(validate=validate.OneOf(_either_way(_AREA_SORTS)))


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month of it, or a day (UTC)."""

    year: int
    month: int | None = None
    day: int | None = None

    @staticmethod
    def parse(text: str) -> Period:
        """Return the period of a text such as 2026, 2026-12 or 2026-12-24. Raises ValueError."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(text)
        numbers = (None if each is None else int(each) for each in found.group("year", "month", "day"))
        year, month, day = numbers
        period = Period(year or 0, month, day)
        date(period.year, month or 1, day or 1)
        return period

    @property
    def parts(self) -> DatePart:
        """What its events are counted by."""
        return DatePart.MONTH if self.month is None else DatePart.DAY

    @property
    def first_moment(self) -> datetime:
        return datetime(self.year, self.month or 1, self.day or 1, tzinfo=UTC)

    @property
    def last_moment(self) -> datetime:
        month = self.month or 12
        last = date(self.year, month, self.day or monthrange(self.year, month)[1])
        return datetime.combine(last, time.min, UTC) + timedelta(days=1) - timedelta(microseconds=1)


class PeriodField(fields.Field[Period]):
    """A year, a month or a day."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Period:
        try:
            return Period.parse(str(value))
        except ValueError as error:
            raise ValidationError("Must be a year, a month or a day, such as 2026-12.") from error


@dataclass(frozen=True, slots=True)
class EventsFilter:
    """Events of any status and time, but for the filters that are set."""

    text: str | None = None
    status: EventStatus | None = None
    origin: Origin | None = None
    area_id: AreaId | None = None
    organizer_id: UserId | None = None
    city: str | None = None
    on: Period | None = None
    upcoming: bool = False
    sort: str = field(default="-start_time")

    def query(self, viewer: Principal, now: datetime) -> EventQuery:
        """Return the search of the catalog."""
        return EventQuery(
            now=now,
            viewer=viewer,
            text=self.text,
            city=() if self.city is None else (self.city,),
            origin=() if self.origin is None else (self.origin,),
            status=tuple(EventStatus) if self.status is None else (self.status,),
            area_id=() if self.area_id is None else (self.area_id,),
            organizer_id=() if self.organizer_id is None else (self.organizer_id,),
            starts_after=None if self.on is None else self.on.first_moment,
            starts_before=None if self.on is None else self.on.last_moment,
            include_past=not self.upcoming,
            sort=Sort(SortKey(self.sort.lstrip("-")), descending=self.sort.startswith("-")),
        )


class EventsTableQuery(FilteredPageQuery[EventsFilter]):
    q = fields.String(attribute="text", validate=validate.Length(1, 200))
    status = fields.Enum(EventStatus, by_value=True)
    origin = fields.Enum(Origin, by_value=True)
    area_id = Id()
    organizer_id = Id()
    city = fields.String(validate=validate.Length(1, 100))
    on = PeriodField()
    upcoming = fields.Boolean()
    sort = fields.String(validate=validate.OneOf(_either_way(_EVENT_SORTS)))
