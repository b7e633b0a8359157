"""A change of several events in one transaction, on every store."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.booking.batching import place_batches
from core.booking.model import BookingStatus
from core.booking.ports import PlacedBooking
from core.jobs.ports import JobFilter
from core.shared.jobs import PROMOTE_WAITLIST, events_of
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_request
from tests.support.short_steps import limit_steps

PRICE = Decimal("12.50")


async def test_changes_to_several_events_are_written_together(office: BoxOffice) -> None:
    ada, bob, eve = await office.people(3)
    seated, priced, full = [await office.open(capacity=2, price=price) for price in (Decimal(0), PRICE, PRICE)]
    await office.generate_seats(seated, by=ADMIN)
    held = await office.book(full, ada, 2)
    while await office.notify():
        pass
    asked = {
        seated: [a_request(user_id=ada.user_id, seats=("A-2",)), a_request(user_id=bob.user_id)],
        priced: [a_request(user_id=ada.user_id, key="k", fingerprint="f")],
        full: [a_request(user_id=bob.user_id, key="k", fingerprint="f"), a_request(user_id=eve.user_id)],
    }
    async with office.store.booking() as uow:
        placed = await place_batches(uow, asked, office.store.new_context())
    outcomes = [outcome for event_id in asked for outcome in placed[event_id]]
    views = [outcome.view for outcome in outcomes if isinstance(outcome, PlacedBooking)]
    assert [await office.stored(view.booking.id) for view in views] == views
    assert [(view.booking.status, view.booking.seats, len(view.tickets), view.position) for view in views] == [
        (BookingStatus.CONFIRMED, ("A-2",), 1, None),
        (BookingStatus.CONFIRMED, ("A-1",), 1, None),
        (BookingStatus.PENDING, (), 0, None),
        (BookingStatus.WAITLISTED, (), 0, 1),
        (BookingStatus.WAITLISTED, (), 0, 2),
    ]
    assert [await office.counts(event_id) for event_id in asked] == [(2, 0), (1, 0), (2, 2)]
    assert await office.notify() == len(asked)  # each event has one for all of its new bookings
    for event_id, who, view in ((priced, ada, views[2]), (full, bob, views[3])):
        again = await office.store.batcher.place(event_id, a_request(user_id=who.user_id, key="k", fingerprint="f"))
        assert (again.replayed, again.view) == (True, view)
    office.store.clock.move(HOLD)
    assert await office.expire() == 2
    assert [await office.status(view) for view in (held, *views[2:])] == [
        BookingStatus.EXPIRED,
        BookingStatus.EXPIRED,
        BookingStatus.PENDING,
        BookingStatus.PENDING,
    ]


async def test_what_limited_steps_left_to_do_is_done_by_a_job_for_each_event(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_steps(monkeypatch, 2)
    ada, bob, eve = await office.people(3)
    *crowded, quiet = [await office.open(capacity=3, price=PRICE) for _ in range(3)]
    for event_id in crowded:
        for who in (ada, bob):
            for _ in range(3):
                await office.book(event_id, who)
    office.store.clock.move(HOLD)
    asked = {each: [a_request(user_id=eve.user_id)] for each in (*crowded, quiet)}
    async with office.store.booking() as uow:
        await place_batches(uow, asked, office.store.new_context())
    # Of three expired holds, two were released to the first who waited.
    assert [await office.counts(event_id) for event_id in asked] == [(2, 2), (2, 2), (1, 0)]
    async with office.store.jobs() as uow:
        jobs = (await uow.records.search(JobFilter(), PageRequest())).items
    assert {(each.job.task, *events_of(each.job.arguments)) for each in jobs} == {
        (PROMOTE_WAITLIST, event_id) for event_id in crowded
    }
    assert len(jobs) == len(crowded)
