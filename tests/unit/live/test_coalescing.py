"""The changes of a hot sale in few frames (G1)."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.live.coalescing import MAX_SEATS_PER_FRAME, RoomChanges
from core.live.frames import EventChanged, PlacesChanged, SeatsChanged, SeatStatus, TicketPurchased
from core.shared.ids import EventId
from core.shared.signals import BookingsChanged
from tests.support.builders import NOW

EVENT = EventId(UUID(int=1))


@pytest.fixture
def changes() -> RoomChanges:
    return RoomChanges(EVENT)


def step(sold: int, available: int | None, waiting: int = 0, **seats: str) -> BookingsChanged:
    return BookingsChanged(EVENT, sold, available, waiting, seats)


def test_what_has_not_changed_makes_no_frame(changes: RoomChanges) -> None:
    assert changes.take(NOW) == ()


def test_sold_places_add_up_and_the_last_places_left_count(changes: RoomChanges) -> None:
    for each in (step(2, 8), step(1, 7), step(0, 9, 3)):
        changes.add(each)
    assert changes.take(NOW) == (TicketPurchased(EVENT, 3, 9, NOW), PlacesChanged(EVENT, 9, 3, NOW))


def test_of_each_seat_the_last_status_counts(changes: RoomChanges) -> None:
    changes.add(step(2, 8, A1="held", A2="held"))
    changes.add(step(0, 9, A1="available"))
    seats, *_ = changes.take(NOW)
    assert seats == SeatsChanged(EVENT, (SeatStatus("A1", "available"), SeatStatus("A2", "held")))


def test_what_was_taken_is_not_sent_again(changes: RoomChanges) -> None:
    changes.add(step(2, 8, A1="held"))
    changes.add_edit()
    changes.take(NOW)
    assert changes.take(NOW) == ()
    changes.add(step(1, 7))
    assert changes.take(NOW) == (TicketPurchased(EVENT, 1, 7, NOW), PlacesChanged(EVENT, 7, 0, NOW))


def test_places_are_sent_only_when_they_differ(changes: RoomChanges) -> None:
    changes.add(step(1, None))
    changes.take(NOW)
    changes.add(step(1, None))
    assert changes.take(NOW) == (TicketPurchased(EVENT, 1, None, NOW),)


def test_an_edit_is_one_frame_however_many_there_were(changes: RoomChanges) -> None:
    changes.add_edit()
    changes.add_edit()
    assert changes.take(NOW) == (EventChanged(EVENT),)


def test_seats_that_change_several_times_are_contested_until_a_snapshot_settles_them(changes: RoomChanges) -> None:
    changes.add(step(2, 8, A1="held", A2="held"))
    changes.take(NOW)
    assert changes.contested_seats == frozenset()
    changes.add(step(0, 9, A1="available"))
    assert changes.contested_seats == {"A1"}
    changes.take(NOW)
    changes.resolve_contested_seats({"A1": "held"})
    assert changes.take(NOW) == (SeatsChanged(EVENT, (SeatStatus("A1", "held"),)),)
    changes.add(step(0, 9, A1="available"))
    assert changes.contested_seats == frozenset()


def test_so_many_seats_that_the_map_had_better_be_read_again_are_not_sent(changes: RoomChanges) -> None:
    many = {f"A-{number}": "available" for number in range(MAX_SEATS_PER_FRAME + 1)}
    changes.add(BookingsChanged(EVENT, 0, 9, 0, many))
    assert changes.take(NOW) == (PlacesChanged(EVENT, 9, 0, NOW), EventChanged(EVENT))


def test_a_snapshot_replaces_the_places_of_earlier_steps(changes: RoomChanges) -> None:
    assert changes.places(NOW) is None
    changes.add(step(1, 5))
    changes.replace_places(4, 1)
    assert changes.places(NOW) == PlacesChanged(EVENT, 4, 1, NOW)
    assert changes.take(NOW) == (TicketPurchased(EVENT, 1, 4, NOW), PlacesChanged(EVENT, 4, 1, NOW))


def test_a_snapshot_that_says_the_same_is_not_sent(changes: RoomChanges) -> None:
    changes.add(step(0, 5))
    changes.take(NOW)
    changes.replace_places(5, 0)
    assert changes.take(NOW) == ()
