"""A step releases and promotes a few at once, and yet nobody is refused or overtaken (B4, B6, B7), on every store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.booking.errors import NotPayable, SoldOut
from core.booking.expiring import PromoteWaitlist
from core.booking.inventory import InventorySnapshot
from core.booking.model import BookingStatus
from core.booking.ports import BookingView
from core.jobs.ports import JobFilter
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.jobs import promote_waitlist
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_purchase, a_request
from tests.support.short_steps import limit_steps

PRICE = Decimal("12.50")
PENDING, CONFIRMED, WAITLISTED, EXPIRED = (
    BookingStatus.PENDING,
    BookingStatus.CONFIRMED,
    BookingStatus.WAITLISTED,
    BookingStatus.EXPIRED,
)


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_steps(monkeypatch, 2)


async def expired_holds(office: BoxOffice, event_id: EventId, people: list[Principal]) -> list[BookingView]:
    """Book a place for each person, one after the other, and let their holds expire."""
    held = []
    for person in people:
        held.append(await office.book(event_id, person))
        office.store.clock.move(timedelta(seconds=1))
    office.store.clock.move(HOLD)
    return held


async def load(office: BoxOffice, event_id: EventId, *requests: object) -> InventorySnapshot:
    async with office.store.booking() as uow:
        return await uow.inventory.for_requests(event_id, requests, office.store.clock.now())  # type: ignore[arg-type]


async def test_the_holds_that_expired_first_and_the_head_of_the_waitlist_are_loaded(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    people = await office.people(10)
    held = [await office.book(event_id, person) for person in people[:5]]
    waiting = [await office.book(event_id, person) for person in people[5:]]
    office.store.clock.move(HOLD)
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_expiry(event_id, office.store.clock.now())
    assert [each.id for each in snapshot.expired_holds] == [view.booking.id for view in held[:2]]
    assert [each.id for each in snapshot.waitlist] == [view.booking.id for view in waiting[:2]]
    assert (await load(office, event_id, a_request(4))).expired_holds == snapshot.expired_holds


async def test_without_a_waitlist_as_many_expired_holds_are_loaded_as_requests_need(office: BoxOffice) -> None:
    event_id = await office.open(capacity=6, price=PRICE)
    await expired_holds(office, event_id, await office.people(5))
    assert [len((await load(office, event_id, a_request(size))).expired_holds) for size in (1, 3, 4, 9)] == [2, 2, 3, 5]


async def test_the_expired_holds_of_named_seats_and_of_purchasers_are_loaded(office: BoxOffice) -> None:
    event_id = await office.open(capacity=10, price=PRICE)
    people = await office.people(5)
    await office.generate_seats(event_id, by=ADMIN)
    held = await expired_holds(office, event_id, people)
    for asked in (a_request(seats=("A-5",)), a_purchase(people[4].user_id)):
        loaded = (await load(office, event_id, asked)).expired_holds
        assert {each.id for each in loaded} == {held[index].booking.id for index in (0, 1, 4)}


async def test_a_smaller_capacity_loads_the_expired_holds_that_are_in_its_way(office: BoxOffice) -> None:
    event_id = await office.open(capacity=6, price=PRICE)
    await expired_holds(office, event_id, await office.people(5))
    assert (await office.change(event_id, capacity=1)).event.capacity == 1


async def test_a_newcomer_gets_the_places_of_many_expired_holds(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    *people, newcomer = await office.people(6)
    await expired_holds(office, event_id, people)
    assert await office.counts(event_id) == (0, 0)
    assert (await office.book(event_id, newcomer, 5, waitlist=False)).booking.status is PENDING


async def test_a_newcomer_gets_a_place_behind_the_last_of_the_waitlist(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    *people, first, second, newcomer = await office.people(8)
    held = [await office.book(event_id, person) for person in people]
    waiting = [await office.book(event_id, person, size) for person, size in ((first, 2), (second, 2))]
    office.store.clock.move(HOLD)
    assert (await office.book(event_id, newcomer, waitlist=False)).booking.status is PENDING
    assert [await office.status(view) for view in (*waiting, *held)] == [PENDING] * 2 + [EXPIRED] * 5


async def test_while_somebody_waits_newcomers_wait_although_places_are_free(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    *people, newcomer = await office.people(7)
    views = [await office.book(event_id, person) for person in people]
    await office.change(event_id, capacity=None)
    assert await office.counts(event_id) == (3, 3)
    with pytest.raises(SoldOut):
        await office.book(event_id, newcomer, waitlist=False)
    assert (await office.book(event_id, newcomer)).booking.status is WAITLISTED
    assert [await office.status(view) for view in views] == [CONFIRMED] * 5 + [WAITLISTED]


async def test_what_a_step_leaves_is_done_by_one_job_for_the_event(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    views = [await office.book(event_id, person) for person in await office.people(8)]
    await office.change(event_id, capacity=20)
    await office.cancel(views[0].booking.id, by=ADMIN)
    async with office.store.jobs() as uow:
        found = await uow.records.search(JobFilter(task="promote-waitlist"), PageRequest())
    assert [record.job for record in found.items] == [promote_waitlist(event_id)]
    promote = PromoteWaitlist(office.store.booking, office.store.new_context)
    while await promote(event_id):
        pass
    assert await office.counts(event_id) == (7, 0)


async def test_the_worker_finds_waitlists_whose_head_fits(office: BoxOffice) -> None:
    event_id, other = await office.open(capacity=1), await office.open(capacity=2)
    for person in await office.people(8):
        await office.book(event_id, person)
    for person, size in zip(await office.people(2), (1, 2), strict=True):
        await office.book(other, person, size)  # the one that waits does not fit
    await office.change(event_id, capacity=20)
    assert [await office.expire() for _ in range(4)] == [1, 1, 1, 0]
    assert await office.counts(event_id) == (8, 0)
    assert await office.counts(other) == (1, 1)


async def test_a_hold_has_expired_before_it_is_released(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    people = await office.people(5)
    held = await expired_holds(office, event_id, people)
    with pytest.raises(NotPayable):
        await office.pay(held[4].booking.id, by=people[4], token="tok_approve")
    assert await office.status(held[4]) is EXPIRED
    assert (await office.cancel(held[3].booking.id, by=people[3])).booking.status is EXPIRED
    assert (await office.read(held[2].booking.id, by=people[2])).booking.status is EXPIRED


async def test_a_replay_shows_a_hold_as_expired_before_it_is_released(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=PRICE)
    people = await office.people(4)
    await expired_holds(office, event_id, people[:3])
    await office.book(event_id, people[3], key="k")
    office.store.clock.move(HOLD)
    again = await office.place(event_id, by=people[3], key="k", quantity=1)
    assert (again.replayed, again.view.booking.status) == (True, EXPIRED)
