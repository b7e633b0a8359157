"""Searching the catalog: every store finds the same events in the same order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.catalog.model import Event, EventStatus, Origin
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.access import Principal, Role
from core.shared.paging import PageRequest
from tests.support.builders import NOW, TOMORROW, a_person, a_user, an_area, an_event
from tests.support.stores import Store, stored


async def names(store: Store, **wanted: Any) -> list[str]:
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, **wanted), PageRequest(limit=100))
    return [view.event.name for view in page.items]


def programme() -> Iterable[Event]:
    yield an_event(name="Jazz im Café Zoë", venue="Café Zoë", city="Zürich", tags=("Jazz", "live"), category="Music")
    yield an_event(name="Poetry slam", description="With a jazz trio.", city="Berlin", category="Words")
    yield an_event(name="Rock/pop quiz", venue="The Crypt", city="London", category="music")
    yield an_event(name="Straßenfest Привет", city="Łódź", venue="Rynek")
    yield an_event(name="東京ジャズ祭", venue="ブルーノート東京")
    yield an_event(name="Fête 🎉🎷", city="กรุงเทพมหานคร")
    yield an_event(name="ΣΊΣΥΦΟΣ", category="Θέατρο", tags=("ΜΎΘΟΣ",))
    yield an_event(name="Zine fair", description="Nine stalls, one line.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jazz", ["Jazz im Café Zoë", "Poetry slam"]),
        ("JAZZ", ["Jazz im Café Zoë", "Poetry slam"]),
        ("ja", ["Jazz im Café Zoë", "Poetry slam"]),
        ("jaxz", ["Jazz im Café Zoë", "Poetry slam"]),
        ("cafe zoe", ["Jazz im Café Zoë"]),
        ("CAFÉ", ["Jazz im Café Zoë"]),
        ("zurich", ["Jazz im Café Zoë"]),
        ("zurch", ["Jazz im Café Zoë"]),
        ("jazz berlin", ["Poetry slam"]),
        ("jazz london", []),
        ("pop", ["Rock/pop quiz"]),
        ("rock pop", ["Rock/pop quiz"]),
        ("poerty", ["Poetry slam"]),
        ("strassenfest", ["Straßenfest Привет"]),
        ("lodz", ["Straßenfest Привет"]),
        ("привет", ["Straßenfest Привет"]),
        ("ПРИВЕТ", ["Straßenfest Привет"]),
        ("live", ["Jazz im Café Zoë"]),
        ("ジャズ", ["東京ジャズ祭"]),
        ("ｼﾞｬｽﾞ", ["東京ジャズ祭"]),
        ("祭", ["東京ジャズ祭"]),
        ("ノート東京", ["東京ジャズ祭"]),
        ("東京 ジャズ", ["東京ジャズ祭"]),
        ("京都", []),
        ("🎷", ["Fête 🎉🎷"]),
        ("🎉", ["Fête 🎉🎷"]),
        ("เทพ", ["Fête 🎉🎷"]),
        ("σίσυφος", ["ΣΊΣΥΦΟΣ"]),
        ("μύθος", ["ΣΊΣΥΦΟΣ"]),
        ("wine", []),
        ("zinx", ["Zine fair"]),
        ("opera", []),
        ("!!!", []),
        ("' OR 1=1 --", []),
        ("a:* & b | !c", []),
    ],
)
async def test_text_search_ignores_case_and_accents_and_tolerates_typing_mistakes(
    store: Store, text: str, found: list[str]
) -> None:
    await stored(store, *programme())
    assert await names(store, text=text) == found


async def test_only_the_first_ten_different_words_of_a_search_count(store: Store) -> None:
    await stored(store, an_event(name="one two three four five six seven eight nine ten"))
    counted = ["one", "One", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert await names(store, text=" ".join([*counted, "ten", "eleven"]))
    assert not await names(store, text=" ".join([*counted, "eleven", "ten"]))


@pytest.mark.parametrize(
    ("known", "text", "is_found"),
    [
        ("wine", "wine", True),
        ("winery", "wine", True),
        ("wane", "wine", True),
        ("wan", "wine", False),
        ("line", "wine", False),
        ("wires", "wine", False),
        ("2027", "2026", False),
        ("it", "is", False),
        ("concert", "conzerd", True),
        ("concert", "koncert", False),
        ("concert", "conzard", False),
    ],
)
async def test_a_correction_keeps_the_first_letter_and_changes_one_letter_or_two_from_six_on(
    store: Store, known: str, text: str, is_found: bool
) -> None:
    await stored(store, an_event(name=known))
    assert await names(store, text=text) == ([known] if is_found else [])


async def test_a_word_that_is_known_is_not_corrected(store: Store) -> None:
    await stored(store, an_event(name="Wine tasting"), an_event(name="Wind band"), an_event(name="Zine fair"))
    assert await names(store, text="wine") == ["Wine tasting"]
    assert set(await names(store, text="wink")) == {"Wind band", "Wine tasting"}


async def test_a_match_in_the_name_ranks_before_one_in_the_description(store: Store) -> None:
    await stored(
        store,
        an_event(name="Evening", description="Some tango too."),
        an_event(name="Tango night"),
        an_event(name="Ball", tags=("tango",)),
    )
    assert await names(store, text="tango") == ["Tango night", "Ball", "Evening"]


async def test_a_renamed_event_is_found_by_its_new_name_only(store: Store) -> None:
    event = an_event(name="Ukulele hour")
    await stored(store, event)
    async with store.catalog() as uow:
        await uow.events.save(an_event(id=event.id, name="Bagpipe hour"))
        await uow.commit()
    assert await names(store, text="bagpipe") == ["Bagpipe hour"]
    assert await names(store, text="ukulele") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "CAFE"}, {"Jazz im Café Zoë"}),
        ({"name": "quiz"}, {"Rock/pop quiz"}),
        ({"name": "%"}, set()),
        ({"name": "_"}, set()),
        ({"venue": ("crypt",)}, {"Rock/pop quiz"}),
        ({"city": ("zuri",)}, {"Jazz im Café Zoë"}),
        ({"category": ("MUSIC",)}, {"Jazz im Café Zoë", "Rock/pop quiz"}),
        ({"category": ("mus",)}, set()),
        ({"tag": ("jazz",)}, {"Jazz im Café Zoë"}),
        ({"tag": ("jaz",)}, set()),
        ({"category": ("θέατρο",)}, {"ΣΊΣΥΦΟΣ"}),
        ({"tag": ("μύθος",)}, {"ΣΊΣΥΦΟΣ"}),
        ({"name": "ίσυφος"}, {"ΣΊΣΥΦΟΣ"}),
        ({"name": "ジャズ"}, {"東京ジャズ祭"}),
        ({"city": ("berlin",), "category": ("words",)}, {"Poetry slam"}),
        ({"city": ("zuri", "LONDON")}, {"Jazz im Café Zoë", "Rock/pop quiz"}),
        ({"venue": ("crypt", "%", "zoe")}, {"Jazz im Café Zoë", "Rock/pop quiz"}),
        ({"category": ("words", "Music")}, {"Jazz im Café Zoë", "Poetry slam", "Rock/pop quiz"}),
        ({"tag": ("opera", "LIVE")}, {"Jazz im Café Zoë"}),
        ({"city": ("zuri", "london"), "tag": ("live", "loud")}, {"Jazz im Café Zoë"}),
    ],
)
async def test_filters_by_field(store: Store, wanted: dict[str, Any], found: set[str]) -> None:
    await stored(store, *programme())
    assert set(await names(store, **wanted)) == found


async def test_filters_by_price_exclude_unknown_prices(store: Store) -> None:
    await stored(
        store,
        an_event(name="free", price=Decimal(0)),
        an_event(name="ten", price=Decimal("10.00")),
        an_event(name="twenty", price=Decimal("20.00")),
        an_event(name="unknown", price=None, origin=Origin.DICE),
    )
    assert set(await names(store, price_min=Decimal(10))) == {"ten", "twenty"}
    assert set(await names(store, price_max=Decimal("10.00"))) == {"free", "ten"}
    assert set(await names(store, free=True)) == {"free"}
    assert set(await names(store, free=False)) == {"ten", "twenty", "unknown"}
    assert await names(store, sort=Sort(SortKey.PRICE)) == ["free", "ten", "twenty", "unknown"]
    assert await names(store, sort=Sort(SortKey.PRICE, descending=True)) == ["twenty", "ten", "free", "unknown"]


async def test_events_that_have_ended_are_excluded_by_default(store: Store) -> None:
    await stored(
        store,
        an_event(name="over", start_time=NOW - timedelta(hours=2), end_time=NOW),
        an_event(name="running", start_time=NOW - timedelta(hours=1)),
        an_event(name="coming"),
    )
    assert await names(store) == ["running", "coming"]
    assert await names(store, include_past=True) == ["over", "running", "coming"]
    assert await names(store, starts_after=TOMORROW) == ["coming"]
    assert await names(store, starts_before=NOW) == ["running"]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ((5, 5), ["Kiritimati", "Berlin", "Niue"]),
        ((None, 4), ["Berlin, the day before"]),
        ((5, None), ["Kiritimati", "Berlin", "Niue", "Berlin, the day after"]),
        ((None, 5), ["Berlin, the day before", "Kiritimati", "Berlin", "Niue"]),
        ((6, None), ["Berlin, the day after"]),
        ((6, 4), []),
    ],
)
async def test_a_day_is_that_of_each_events_own_time_zone(
    store: Store, days: tuple[int | None, int | None], found: list[str]
) -> None:
    await stored(
        store,
        an_event(name="Kiritimati", start_time=datetime(2026, 12, 4, 10, tzinfo=UTC), timezone="Pacific/Kiritimati"),
        an_event(name="Berlin", start_time=datetime(2026, 12, 4, 23, tzinfo=UTC), timezone="Europe/Berlin"),
        an_event(name="Niue", start_time=datetime(2026, 12, 6, 10, 59, tzinfo=UTC), timezone="Pacific/Niue"),
        an_event(
            name="Berlin, the day before",
            start_time=datetime(2026, 12, 4, 22, 59, tzinfo=UTC),
            timezone="Europe/Berlin",
        ),
        an_event(
            name="Berlin, the day after", start_time=datetime(2026, 12, 5, 23, tzinfo=UTC), timezone="Europe/Berlin"
        ),
    )
    first, last = (day and date(2026, 12, day) for day in days)
    in_order = await names(store, first_day=first, last_day=last)
    assert sorted(in_order) == sorted(found)


async def test_a_day_without_midnight_begins_with_its_first_hour(store: Store) -> None:
    """In Cairo, 2026-04-24 begins at 01:00: clocks go forward at midnight."""
    midnight = datetime(2026, 4, 23, 22, tzinfo=UTC)
    await stored(
        store,
        an_event(name="evening", start_time=midnight - timedelta(minutes=1), timezone="Africa/Cairo"),
        an_event(name="night", start_time=midnight, timezone="Africa/Cairo"),
    )
    day = date(2026, 4, 24)
    assert await names(store, first_day=day, include_past=True) == ["night"]
    assert await names(store, last_day=day - timedelta(days=1), include_past=True) == ["evening"]


async def test_bookable_events_are_open_sold_here_and_before_the_deadline(store: Store) -> None:
    await stored(
        store,
        an_event(name="bookable"),
        an_event(name="partner's", origin=Origin.PARTNER),
        an_event(name="closed", status=EventStatus.CLOSED),
        an_event(name="listing", origin=Origin.MEETUP),
        an_event(name="too late", registration_deadline=NOW),
        an_event(name="priced", price=Decimal(5)),
        an_event(name="unpriced", price=None),
    )
    assert set(await names(store, bookable=True)) == {"bookable", "partner's", "priced"}
    assert set(await names(store, bookable=False)) == {"closed", "listing", "too late", "unpriced"}


async def test_their_organizer_and_admins_can_search_hidden_events(store: Store) -> None:
    organizer = a_user(role=Role.ORGANIZER)
    async with store.accounts() as uow:
        await uow.users.add(organizer)
        await uow.commit()
    await stored(
        store,
        an_event(name="open"),
        an_event(name="hidden", status=EventStatus.INACTIVE, organizer_id=organizer.id),
        an_event(name="cancelled", status=EventStatus.CANCELLED),
    )
    assert await names(store) == ["open"]
    assert await names(store, viewer=a_person(Role.ADMIN)) == ["open"]
    assert await names(store, status=(EventStatus.CANCELLED,)) == ["cancelled"]
    for viewer, found in (
        (None, []),
        (a_person(Role.ORGANIZER), []),
        (Principal(organizer.id, Role.ORGANIZER), ["hidden"]),
        (Principal(organizer.id, Role.USER), []),
        (a_person(Role.ADMIN), ["hidden"]),
    ):
        assert await names(store, status=(EventStatus.INACTIVE,), viewer=viewer) == found
        wanted = (EventStatus.INACTIVE, EventStatus.OPEN)
        assert set(await names(store, status=wanted, viewer=viewer)) == {"open", *found}


async def test_filters_by_area_origin_and_organizer(store: Store) -> None:
    organizer, hall = a_user(role=Role.ORGANIZER), an_area()
    async with store.accounts() as accounts:
        await accounts.users.add(organizer)
        await accounts.commit()
    async with store.catalog() as uow:
        await uow.areas.add(hall)
        await uow.commit()
    await stored(
        store,
        an_event(name="in the hall", area_id=hall.id),
        an_event(name="gathered", origin=Origin.EVENTBRITE),
        an_event(name="organized", organizer_id=organizer.id),
    )
    assert await names(store, area_id=(hall.id,)) == ["in the hall"]
    assert await names(store, origin=(Origin.EVENTBRITE,)) == ["gathered"]
    assert await names(store, organizer_id=(organizer.id,)) == ["organized"]
    assert set(await names(store, origin=(Origin.EVENTBRITE, Origin.LOCAL))) == {"in the hall", "gathered", "organized"}
    assert await names(store, area_id=(hall.id, uuid4()), organizer_id=(organizer.id,)) == []


@pytest.mark.parametrize("wanted", [{}, {"tag": ("jazz",)}, {"tag": ("jazz",), "sort": Sort(SortKey.START_TIME)}])
async def test_a_text_without_words_finds_nothing(store: Store, wanted: dict[str, Any]) -> None:
    await stored(store, an_event(tags=("jazz",)))
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, text="!?", **wanted), PageRequest())
    assert (page.items, page.total) == ([], 0)
