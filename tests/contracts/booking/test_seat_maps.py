"""The seat map as a whole and its version, on every store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.payments.simulated import APPROVE
from core.booking.errors import NoSuchEvent
from core.booking.seats import SeatMap, SeatRow
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.versions import Version
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, an_event

PRICE = Decimal("12.50")


async def version(office: BoxOffice, event_id: EventId) -> Version:
    """Return the version of the seat map, which must be the same with ids, and without reading the seats."""
    now = office.store.clock.now()
    async with office.store.booking() as uow:
        alone = await uow.inventory.seat_map_version(event_id, now)
        maps = [await uow.inventory.seat_map(event_id, now, with_ids=with_ids) for with_ids in (False, True)]
    assert {each.version for each in maps} == {alone}
    return alone


@pytest.fixture
async def ada(office: BoxOffice) -> Principal:
    [ada] = await office.people(1)
    return ada


async def test_a_seat_map_has_a_letter_for_each_seat_of_each_row(office: BoxOffice, ada: Principal) -> None:
    event_id = await office.open(capacity=8, price=PRICE)
    await office.generate_seats(event_id, by=ADMIN, per_row=3)
    paid = await office.book_seats(event_id, ada, "A-3", "B-1")
    await office.pay(paid.booking.id, by=ada, token=APPROVE)
    await office.book_seats(event_id, ada, "C-2")
    seat_map = await office.seat_map(event_id)
    assert list(seat_map.rows()) == [SeatRow("A", "aar"), SeatRow("B", "raa"), SeatRow("C", "ah")]
    assert (seat_map.total, seat_map.available, seat_map.per_row, list(seat_map.ids)) == (8, 5, 3, [])
    seats = await office.seats(event_id)
    assert "".join(seat.status[0] for seat in seats) == seat_map.statuses
    assert [seat.position.label for seat in seats[2:5]] == ["A-3", "B-1", "B-2"]
    assert len({seat.id for seat in seats}) == 8
    office.store.clock.move(HOLD)
    assert (await office.seat_map(event_id)).statuses == "aarraaaa"


async def test_an_event_without_a_seat_map_has_no_rows(office: BoxOffice) -> None:
    event_id = await office.open(capacity=8)
    seat_map = await office.seat_map(event_id)
    assert (list(seat_map.rows()), seat_map.total, seat_map.available) == ([], 0, 0)
    assert await office.seats(event_id) == []
    await version(office, event_id)


async def test_an_unknown_event_has_neither_map_nor_version(office: BoxOffice) -> None:
    unknown, now = an_event().id, office.store.clock.now()
    async with office.store.booking() as uow:
        with pytest.raises(NoSuchEvent):
            await uow.inventory.seat_map_version(unknown, now)
        with pytest.raises(NoSuchEvent):
            await uow.inventory.seat_map(unknown, now, with_ids=True)


async def test_whatever_changes_a_seat_changes_the_version(office: BoxOffice, ada: Principal) -> None:
    event_id = await office.open(capacity=6, price=PRICE)
    versions = [await version(office, event_id)]

    async def must_be_new() -> None:
        versions.append(await version(office, event_id))
        assert versions[-1] not in versions[:-1]

    await office.generate_seats(event_id, by=ADMIN)
    await must_be_new()
    await office.generate_seats(event_id, by=ADMIN, per_row=3)
    await must_be_new()
    held = await office.book_seats(event_id, ada, "A-1")
    await must_be_new()
    await office.pay(held.booking.id, by=ada, token=APPROVE)
    await must_be_new()
    await office.cancel(held.booking.id, by=ada)
    await office.book_seats(event_id, ada, "A-2")
    await must_be_new()
    await office.change(event_id, capacity=8)
    await must_be_new()
    await office.cancel_event(event_id, by=ADMIN)
    await must_be_new()


async def test_each_hold_that_expires_changes_the_version(office: BoxOffice, ada: Principal) -> None:
    event_id = await office.open(capacity=6, price=PRICE)
    await office.book_seats(event_id, ada, "A-1")
    office.store.clock.move(timedelta(minutes=1))
    await office.book_seats(event_id, ada, "A-2")
    versions = {await version(office, event_id)}
    for passed in (HOLD - timedelta(minutes=1), timedelta(minutes=1)):
        office.store.clock.move(passed)
        versions.add(await version(office, event_id))
    assert (await office.seat_map(event_id)).available == 6
    assert len(versions) == 3


async def test_time_alone_does_not_change_the_version(office: BoxOffice, ada: Principal) -> None:
    event_id = await office.open(capacity=6, price=PRICE)
    await office.book_seats(event_id, ada, "A-1")
    before = await version(office, event_id)
    office.store.clock.move(HOLD / 2)
    assert await version(office, event_id) == before


async def test_a_known_version_is_returned_alone(office: BoxOffice, ada: Principal) -> None:
    event_id = await office.open(capacity=6)
    await office.generate_seats(event_id, by=ADMIN)
    current = await version(office, event_id)
    for read in (office.read_seat_map, office.read_seats):
        assert await read(event_id, viewer=None, known={Version("other"), current}) == current
        assert isinstance(await read(event_id, viewer=None, known={Version("other")}), SeatMap)
    await office.book_seats(event_id, ada, "A-1")
    for read in (office.read_seat_map, office.read_seats):
        assert isinstance(await read(event_id, viewer=None, known={current}), SeatMap)
