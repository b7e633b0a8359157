"""Gathered events and scrape runs, in every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from string import ascii_lowercase
from uuid import UUID, uuid4

from core.booking.inventory import ChangeSet
from core.catalog.model import EventStatus, EventView, Origin
from core.catalog.search import EventQuery
from core.discovery.model import Listing, ListingChange, Rejection, RunReport, Source
from core.shared.ids import EventId, RunId
from core.shared.paging import PageRequest
from tests.support.builders import NOW, TOMORROW, a_booking, a_listing, a_user, an_event
from tests.support.stores import Store

LATER = NOW + timedelta(days=1)


async def record(store: Store, listing: Listing, seen_at: datetime = NOW) -> ListingChange:
    async with store.discovery() as uow:
        [change] = await uow.listings.record({EventId(uuid4()): listing}, seen_at)
        await uow.commit()
    return change


async def find_all(store: Store) -> list[EventView]:
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, include_past=True), PageRequest())
        cancelled = await uow.events.search(EventQuery(now=NOW, status=(EventStatus.CANCELLED,)), PageRequest())
    return [*page.items, *cancelled.items]


async def test_a_new_listing_becomes_an_event_with_a_source_record(store: Store) -> None:
    listing = a_listing(description="Loud.", tags=("brass",), latitude=51.5, longitude=-0.1, country="GB")
    assert await record(store, listing) is ListingChange.NEW
    [view] = await find_all(store)
    event = view.event
    assert (event.name, event.venue, event.city, event.tags) == ("Brass on the roof", "The Roof", "London", ("brass",))
    assert (event.origin, event.source_url, event.status) == (Origin.DICE, listing.url, EventStatus.OPEN)
    assert (event.price, event.currency, event.capacity) == (Decimal("14.47"), "GBP", None)
    assert (event.start_time, event.end_time, event.timezone) == (
        TOMORROW,
        TOMORROW + timedelta(hours=2),
        "Europe/London",
    )
    [source] = view.sources
    assert (source.source, source.source_id, source.url) == (Origin.DICE, "abc123", listing.url)
    assert source.first_seen == source.last_seen == NOW
    assert (source.price, source.currency, source.is_sold_out) == (Decimal("14.47"), "GBP", None)


async def test_a_listing_seen_again_unchanged_only_updates_last_seen(store: Store) -> None:
    await record(store, a_listing())
    assert await record(store, a_listing(), LATER) is ListingChange.UNCHANGED
    [view] = await find_all(store)
    assert (view.sources[0].first_seen, view.sources[0].last_seen) == (NOW, LATER)
    assert view.event.updated_at == NOW


async def test_an_event_can_have_a_second_source(store: Store) -> None:
    await record(store, a_listing(price=Decimal(12)))
    [before] = await find_all(store)
    elsewhere = a_listing(source=Source.WEB, source_id="roof", url="https://roof.example/brass", price=Decimal(15))
    for seen_at in (LATER, LATER + timedelta(days=1)):
        async with store.discovery() as uow:
            await uow.listings.record_again(before.event.id, elsewhere, seen_at)
            await uow.commit()
    [after] = await find_all(store)
    assert after.event == before.event
    assert [(each.source, each.url, each.last_seen) for each in after.sources] == [
        (Origin.DICE, before.sources[0].url, NOW),
        (Origin.WEB, "https://roof.example/brass", LATER),
    ]


async def test_a_changed_listing_updates_its_event(store: Store) -> None:
    await record(store, a_listing())
    [before] = await find_all(store)
    changed = a_listing(name="Brass in the cellar", price=None, cancelled=True)
    assert await record(store, changed, LATER) is ListingChange.UPDATED
    [after] = await find_all(store)
    assert after.event.id == before.event.id
    assert (after.event.name, after.event.price) == ("Brass in the cellar", None)
    assert after.event.status is EventStatus.CANCELLED
    assert (after.event.created_at, after.event.updated_at) == (NOW, LATER)


async def test_a_hidden_event_stays_hidden_when_its_listing_changes(store: Store) -> None:
    await record(store, a_listing())
    [before] = await find_all(store)
    async with store.catalog() as uow:
        await uow.events.save(replace(before.event, status=EventStatus.INACTIVE))
        await uow.commit()
    assert await record(store, a_listing(name="Brass in the cellar"), LATER) is ListingChange.UPDATED
    async with store.catalog() as uow:
        after = (await uow.events.view(before.event.id, NOW)).event
    assert (after.name, after.status) == ("Brass in the cellar", EventStatus.INACTIVE)


async def test_a_run_reports_the_change_of_each_listing(store: Store) -> None:
    for listing in (a_listing(source_id="unchanged"), a_listing(source_id="changed")):
        await record(store, listing)
    run = [
        a_listing(source_id="new", name="Strings in the attic"),
        a_listing(source_id="unchanged"),
        a_listing(source_id="changed", name="Brass in the cellar"),
        a_listing(source_id="also new"),
    ]
    async with store.discovery() as uow:
        changes = await uow.listings.record({EventId(uuid4()): listing for listing in run}, LATER)
        assert len(await uow.listings.find_event_ids(run)) == 4
        await uow.commit()
    assert changes == [ListingChange.NEW, ListingChange.UNCHANGED, ListingChange.UPDATED, ListingChange.NEW]
    names = {view.sources[0].source_id: view.event.name for view in await find_all(store)}
    assert names == {listing.source_id: listing.name for listing in run}
    async with store.discovery() as uow:
        assert await uow.listings.record({}, LATER) == []


async def test_two_concurrent_runs_with_the_same_new_event_store_it_once(store: Store) -> None:
    run = [a_listing(source_id=str(number)) for number in range(5)]
    async with store.discovery() as uow:
        first = await uow.listings.record({EventId(uuid4()): each for each in run}, NOW)
        other = asyncio.create_task(record(store, a_listing(source_id="3", name="Changed"), LATER))
        await asyncio.wait([other], timeout=0.2)  # without the lock it would store the event a second time
        await uow.commit()
    assert (set(first), await other) == ({ListingChange.NEW}, ListingChange.UPDATED)
    assert len(await find_all(store)) == 5


async def test_the_same_id_at_two_sources_makes_two_events(store: Store) -> None:
    await record(store, a_listing())
    assert await record(store, a_listing(source=Source.MEETUP)) is ListingChange.NEW
    assert len(await find_all(store)) == 2


async def test_a_listing_with_the_longest_texts_of_a_page_is_stored_and_found_again(store: Store) -> None:
    long = " ".join("".join(chr(0x4E00 + number * 37 % 5000) for number in range(at, at + 40)) for at in range(90))
    word = "".join(Random(7).choices(ascii_lowercase, k=3500))  # nothing that an index could compress
    texts = dict.fromkeys(("name", "description", "category", "venue", "address", "city", "country"), long)
    urls = {"source_id": f"https://example.com/{word}", "url": f"https://example.com/{word}"}
    listing = a_listing(**texts, **urls, tags=tuple(f"{number} {word}" for number in range(200)))
    assert await record(store, listing) is ListingChange.NEW
    assert await record(store, listing, LATER) is ListingChange.UNCHANGED
    assert await record(store, replace(listing, description=word), LATER) is ListingChange.UPDATED
    [view] = await find_all(store)
    event = view.event
    lengths = [len(text or "") for text in (event.name, event.category, event.venue, event.city, event.country)]
    assert lengths == [200, 60, 200, 100, 100]
    assert (len(event.tags), max(map(len, event.tags))) == (20, 50)
    assert (event.description, event.source_url) == (word, listing.url)


async def test_an_online_listing_needs_no_venue(store: Store) -> None:
    await record(store, a_listing(venue=None, online=True))
    [view] = await find_all(store)
    assert view.event.venue == "Online"


def a_run(**values: object) -> RunReport:
    report = RunReport(Source.DICE, "London x 1", NOW, LATER, found=20, new=20)
    return replace(report, **values)  # type: ignore[arg-type]


async def test_the_last_healthy_count_is_that_of_the_last_successful_run_of_the_same_scope(store: Store) -> None:
    runs = [
        a_run(found=11),
        a_run(found=20, rejected=(Rejection("x", "reason"),), warnings=("warning",)),
        a_run(found=2, failure="it looked wrong", quarantined=True),
        a_run(found=3, scope="Berlin x 1"),
        a_run(found=4, source=Source.MEETUP),
        a_run(found=5, scope=None),
    ]
    async with store.discovery() as uow:
        for number, run in enumerate(runs):
            await uow.runs.add(RunId(UUID(int=number)), run)
        await uow.commit()
    async with store.discovery() as uow:
        assert await uow.runs.last_healthy_count(Source.DICE, "London x 1") == 20
        assert await uow.runs.last_healthy_count(Source.DICE, "Paris x 1") is None
        assert await uow.runs.last_healthy_count(Source.DICE, None) is None


async def test_old_gathered_events_without_bookings_are_removed(store: Store) -> None:
    user = a_user()
    await record(store, a_listing(source_id="ended", name="Ended"))
    await record(store, a_listing(source_id="booked", name="Booked"))
    await record(store, a_listing(source_id="upcoming", name="Upcoming", start_time=NOW + timedelta(days=40)))
    booked = next(view.event.id for view in await find_all(store) if view.event.name == "Booked")
    async with store.accounts() as accounts:
        await accounts.users.add(user)
        await accounts.commit()
    async with store.catalog() as catalog:
        await catalog.events.add(an_event(name="Our own"))
        await catalog.commit()
    async with store.booking() as booking:
        inventory = await booking.inventory.get_for_update(booked)
        await booking.inventory.apply(ChangeSet(inventory, added=(a_booking(booked, user.id),)))
        await booking.commit()
    async with store.discovery() as uow:
        assert await uow.listings.remove_ended_before(NOW + timedelta(days=30)) == 1
        await uow.commit()
    assert {view.event.name for view in await find_all(store)} == {"Booked", "Upcoming", "Our own"}
    assert await record(store, a_listing(source_id="ended", name="Ended")) is ListingChange.NEW
