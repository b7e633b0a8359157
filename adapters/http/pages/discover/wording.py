"""What pages call searches, days and numbers of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from adapters.http.pages.discover.searches import PageSearch
from adapters.http.pages.shared.filters import count_of
from core.catalog.days import When
from core.catalog.filters import Filter
from core.catalog.model import Origin
from core.catalog.overviews import Count
from core.shared.times import to_rfc3339

WHEN = {
    When.TONIGHT: "Tonight",
    When.TOMORROW: "Tomorrow",
    When.WEEKEND: "This weekend",
    When.WEEK: "This week",
}
WHENS_OFFERED = [(when.value, WHEN[when]) for when in (When.TONIGHT, When.TOMORROW, When.WEEKEND)]
"""The days that pages offer with one click: values of `when`, and what they are called."""
SELLERS = {
    Origin.LOCAL: "Booked here",
    Origin.PARTNER: "Partner",
    Origin.EVENTBRITE: "Eventbrite",
    Origin.DICE: "Dice",
    Origin.MEETUP: "Meetup",
    Origin.WEB: "Other sites",
    Origin.ICS: "Calendars",
}


def day_in_words(day: date, today: date | None = None) -> str:
    """Return a day such as `Saturday 5 December`; with its year if that is another one than today's."""
    year = "" if today is not None and day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"


def day_heading(day: date | None, today: date) -> tuple[str, str]:
    """Return the heading of a day in two parts: `Today` and `Saturday 5 December`. None has what has begun already."""
    if day is None:
        return "Now on", ""
    words = day_in_words(day, today)
    name = {0: "Today", 1: "Tomorrow"}.get((day - today).days)
    if name is not None:
        return name, words
    weekday, _, rest = words.partition(" ")
    return weekday, rest


def number_of(count: Count, noun: str) -> str:
    """Return a number with its noun: `1 event`, `10 000+ events`."""
    text = count_of(count.events, noun)
    return text.replace(f" {noun}", f"+ {noun}") if count.is_capped else text


def headline(place: str | None, category: str | None, count: Count, cities: int) -> str:
    """Return the heading of the first page: `24 nights in Berlin this week`."""
    where = f" in {place}" if place else f" in {cities} cities" if cities > 1 else ""
    what = f"{category} nights" if category else "nights"
    if not count.events:
        return f"The next {what}{where}"
    if count.events == 1 and not count.is_capped:
        return f"One {category + ' ' if category else ''}night{where} this week"
    number = number_of(count, "night").removesuffix(" nights")
    return f"{number} {what}{where} this week"


def filters_in_words(search: PageSearch) -> Iterable[tuple[Filter, str]]:
    """Yield each filter of a search with what it says: `“jazz”`, `In Berlin`, `Up to 20`."""
    for each in search.used:
        yield each, _WORDS[each](search)


def subject_of(search: PageSearch) -> str:
    """Return what a search is about: `“jazz” in Berlin tonight, free`; `Events` if it has no filters."""
    words = dict(filters_in_words(search))
    what = ", ".join(words[each] for each in (Filter.TEXT, Filter.CATEGORY, Filter.TAG) if each in words) or "Events"
    near = [
        _lower_first(words[each])
        for each in (Filter.CITY, Filter.DISTANCE, Filter.PLACE, Filter.DATES)
        if each in words
    ]
    rest = [_lower_first(text) for each, text in words.items() if each not in _IN_SUBJECT]
    return ", ".join([" ".join([what, *near]), *rest])


_IN_SUBJECT = {Filter.TEXT, Filter.CATEGORY, Filter.TAG, Filter.CITY, Filter.DISTANCE, Filter.PLACE, Filter.DATES}
_NAMES = {*SELLERS.values()}


def _lower_first(text: str) -> str:
    return text if text.split(" ", 1)[0] in _NAMES else text[:1].lower() + text[1:]


def _any_of(values: Iterable[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


def _text(search: PageSearch) -> str:
    return f"“{search.get('q') or search.get('name')}”"


def _dates(search: PageSearch) -> str:
    if search.when is not None:
        return WHEN[search.when]
    filters = search.filters or {}
    begin, end = filters.get("first_day"), filters.get("last_day")
    first = day_in_words(begin) if begin else _moment(filters.get("starts_after"))
    last = day_in_words(end) if end else _moment(filters.get("starts_before"))
    if first == last:
        return f"On {first}"
    return f"From {first} to {last}" if first and last else f"From {first}" if first else f"Until {last}"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else to_rfc3339(moment)


def _distance(search: PageSearch) -> str:
    near = (search.filters or {}).get("near")
    return "Nearby" if near is None else f"Within {near.radius:g} km"


def _price(search: PageSearch) -> str:
    if search.get("free") == "true":
        return "Free"
    low, high = search.get("price_min"), search.get("price_max")
    if low and high:
        return f"For {low} to {high}"
    return f"Up to {high}" if high else f"From {low}" if low else "Not free"


_WORDS: Mapping[Filter, Callable[[PageSearch], str]] = {
    Filter.TEXT: _text,
    Filter.DATES: _dates,
    Filter.CATEGORY: lambda search: _any_of(search.all("category")),
    Filter.TAG: lambda search: _any_of(f"#{tag}" for tag in search.all("tag")),
    Filter.CITY: lambda search: f"In {_any_of(search.all('city'))}",
    Filter.DISTANCE: _distance,
    Filter.PRICE: _price,
    Filter.BOOKABLE: lambda search: "Bookable here" if search.get("bookable") == "true" else "Not bookable here",
    Filter.PLACE: lambda search: f"At {_any_of(search.all('venue') or ['one place'])}",
    Filter.ORIGIN: lambda search: _any_of(SELLERS[Origin(each)] for each in search.all("origin")),
    Filter.ORGANIZER: lambda search: "By one organizer",
}
