"""Creating and reading seat maps, on the memory store (B8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.payments.simulated import APPROVE
from core.booking.errors import CapacityBelowBooked, NoSuchEvent, SeatsTaken, SoldOut, UnknownSeat
from core.booking.model import BookingStatus
from core.catalog.model import EventStatus
from core.shared.access import Role
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import EventId
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_person, an_event


async def shown(office: BoxOffice, event_id: EventId) -> dict[str, str]:
    return {seat.position.label: seat.status for seat in await office.seats(event_id)}


async def test_an_organizer_creates_replaces_and_removes_a_seat_map(office: BoxOffice) -> None:
    owner = a_person(Role.ORGANIZER)
    event_id = await office.open(capacity=5, organizer_id=owner.user_id)
    assert await shown(office, event_id) == {}
    assert await office.generate_seats(event_id, by=owner, per_row=3) == 5
    assert list(await shown(office, event_id)) == ["A-1", "A-2", "A-3", "B-1", "B-2"]
    assert await office.generate_seats(event_id, by=owner, per_row=4) == 5
    assert list(await shown(office, event_id)) == ["A-1", "A-2", "A-3", "A-4", "B-1"]
    await office.book(event_id, a_person())
    for change in (office.generate_seats, office.remove_seats):
        with pytest.raises(SeatsTaken):
            await change(event_id, by=owner)


async def test_a_removed_seat_map_is_gone_until_somebody_books_by_seat(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    await office.generate_seats(event_id, by=ADMIN, per_row=3)
    for _ in range(2):
        await office.remove_seats(event_id, by=ADMIN)
    assert await shown(office, event_id) == {}
    async with office.store.accounts() as uow:
        actions = [entry.action for entry in (await uow.audit.search(AuditFilter(), PageRequest(limit=10))).items]
    assert sorted(actions) == ["seats.generated", "seats.removed"]  # once, though it was removed twice
    assert (await office.book_seats(event_id, a_person(), "A-5")).booking.seats == ("A-5",)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rows": 8, "per_row": 12}, "rows"),
        ({"rows": 7}, "rows"),
        ({"rows": 8, "per_row": 12, "capacity": 80}, "capacity"),
        ({"rows": 8, "per_row": 10, "capacity": 81}, "capacity"),
    ],
)
async def test_rows_that_do_not_have_as_many_seats_as_places_are_refused(
    office: BoxOffice, asked: dict[str, int], field: str
) -> None:
    event_id = await office.open(capacity=80)
    with pytest.raises(InvalidFields) as refused:
        await office.generate_seats(event_id, by=ADMIN, **asked)
    assert list(refused.value.errors) == [field]
    assert (await office.event(event_id)).capacity == 80
    assert await shown(office, event_id) == {}


@pytest.mark.parametrize("asked", [{"rows": 8, "per_row": 12, "capacity": 96}, {"capacity": 96}])
async def test_the_capacity_changes_when_the_request_says_so(office: BoxOffice, asked: dict[str, int]) -> None:
    event_id = await office.open(capacity=80)
    assert await office.generate_seats(event_id, by=ADMIN, **asked) == 96
    assert ((await office.event(event_id)).capacity, len(await shown(office, event_id))) == (96, 96)


async def test_a_new_capacity_is_set_and_the_waitlist_is_promoted_into_it(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    _, waiting = [await office.book(event_id, a_person()) for _ in range(2)]
    assert await office.generate_seats(event_id, by=ADMIN, rows=2, per_row=2, capacity=4) == 4
    assert (await office.stored(waiting.booking.id)).booking.seats == ("A-2",)
    assert await shown(office, event_id) == {
        "A-1": "reserved",
        "A-2": "reserved",
        "B-1": "available",
        "B-2": "available",
    }
    event = await office.event(event_id)
    assert (event.capacity, event.booked_count, event.waitlist_count, event.seats_per_row) == (4, 2, 0, 2)


async def test_an_unlimited_event_gets_its_capacity_from_the_rows(office: BoxOffice) -> None:
    event_id = await office.open(capacity=None)
    with pytest.raises(InvalidFields):
        await office.generate_seats(event_id, by=ADMIN)
    with pytest.raises(UnknownSeat):
        await office.book_seats(event_id, a_person(), "A-1")
    assert await office.generate_seats(event_id, by=ADMIN, rows=2) == 20


async def test_only_the_organizer_and_admins_create_or_remove_a_seat_map(office: BoxOffice) -> None:
    event_id, hidden = await office.open(), await office.open(status=EventStatus.INACTIVE)
    for stranger in (a_person(), a_person(Role.ORGANIZER)):
        for change in (office.generate_seats, office.remove_seats):
            with pytest.raises(Forbidden):
                await change(event_id, by=stranger)
            with pytest.raises(NoSuchEvent):
                await change(hidden, by=stranger)
    assert await shown(office, event_id) == {}


async def test_the_first_booking_by_seat_creates_a_seat_map_with_ten_in_a_row(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=12), a_person()
    early = await office.book(event_id, ada, 2)
    booked = await office.book_seats(event_id, ada, "b-2", "A-1")
    assert booked.booking.seats == ("B-2", "A-1")
    assert (await office.stored(early.booking.id)).booking.seats == ("A-2", "A-3")
    assert list(await shown(office, event_id)) == [*(f"A-{column}" for column in range(1, 11)), "B-1", "B-2"]
    by_quantity = await office.book(event_id, ada, 2)
    assert by_quantity.booking.seats == ("A-4", "A-5")


async def test_a_refused_first_booking_by_seat_creates_no_seat_map(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=12), a_person()
    await office.book(event_id, ada, 10)
    for seats, refusal in ((("A-1", "A-2", "B-1"), SoldOut), (("A-1", "C-1"), UnknownSeat)):
        with pytest.raises(refusal):
            await office.book_seats(event_id, ada, *seats, waitlist=False)
    assert await shown(office, event_id) == {}
    assert (await office.event(event_id)).seats_per_row is None


async def test_a_seat_is_named_by_the_id_it_is_shown_with(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=5), a_person()
    await office.generate_seats(event_id, by=ADMIN)
    [*_, last] = await office.seats(event_id)
    assert (await office.book_seats(event_id, ada, last.id.upper())).booking.seats == ("A-5",)


async def test_a_seat_is_held_until_it_is_paid_and_free_when_the_hold_expires(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=3, price=Decimal(5)), a_person()
    await office.book_seats(event_id, ada, "A-1")
    paid = await office.book_seats(event_id, ada, "A-2")
    await office.pay(paid.booking.id, by=ada, token=APPROVE)
    assert await shown(office, event_id) == {"A-1": "held", "A-2": "reserved", "A-3": "available"}
    office.store.clock.move(HOLD)
    assert await shown(office, event_id) == {"A-1": "available", "A-2": "reserved", "A-3": "available"}
    late = await office.book_seats(event_id, a_person(), "A-1")
    assert late.booking.status is BookingStatus.PENDING


async def test_cancelling_frees_the_seats_of_a_booking_and_of_an_event(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=3), a_person()
    first = await office.book_seats(event_id, ada, "A-1", "A-2")
    await office.book_seats(event_id, ada, "A-3")
    cancelled = await office.cancel(first.booking.id, by=ada)
    assert cancelled.booking.seats == ()
    assert await shown(office, event_id) == {"A-1": "available", "A-2": "available", "A-3": "reserved"}
    await office.cancel_event(event_id, by=ADMIN)
    assert set((await shown(office, event_id)).values()) == {"available"}


async def test_a_seat_map_follows_the_capacity_or_the_change_is_refused(office: BoxOffice) -> None:
    event_id, ada = await office.open(capacity=3), a_person()
    await office.book_seats(event_id, ada, "A-3")
    await office.change(event_id, capacity=5)
    assert list(await shown(office, event_id)) == ["A-1", "A-2", "A-3", "A-4", "A-5"]
    with pytest.raises(CapacityBelowBooked):
        await office.change(event_id, capacity=2, name="Small")
    with pytest.raises(InvalidFields):
        await office.change(event_id, capacity=None)
    event = await office.event(event_id)
    assert (event.capacity, event.name, len(await shown(office, event_id))) == (5, "Night of the short film", 5)
    await office.change(event_id, capacity=3)
    assert list(await shown(office, event_id)) == ["A-1", "A-2", "A-3"]


async def test_only_the_organizer_and_admins_see_the_seats_of_a_hidden_event(office: BoxOffice) -> None:
    owner = a_person(Role.ORGANIZER)
    event_id = await office.open(capacity=2, organizer_id=owner.user_id)
    await office.generate_seats(event_id, by=owner)
    await office.change(event_id, status=EventStatus.INACTIVE)
    for viewer in (None, a_person(Role.ORGANIZER)):
        with pytest.raises(NoSuchEvent):
            await office.seats(event_id, viewer=viewer)
    for viewer in (owner, ADMIN):
        assert len(await office.seats(event_id, viewer=viewer)) == 2
    with pytest.raises(NoSuchEvent):
        await office.seats(an_event().id, viewer=ADMIN)
