"""The seats of one event and their bookings, while a step changes them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Sequence
from dataclasses import replace

from core.booking.model import Booking
from core.booking.seats import Seat, SeatPosition, best_seats, check_size, must_be_free, seat_grid, seat_parties
from core.shared.ids import BookingId


class SeatAssignment:
    """The seats that a step has loaded, and its changes to them. Belongs to one step and never leaves it.

    `seating`, `new_seats` and `seats_end` are the changes, as a `ChangeSet` has them.
    """

    def __init__(self, seats: Sequence[Seat]) -> None:
        self._seats = seats
        self._by_name = {name: seat for seat in seats for name in (seat.label, seat.id)}
        self._free = [seat for seat in seats if seat.is_free]
        self._owned: dict[BookingId, list[Seat]] = {}
        for seat in seats:
            if seat.booking_id is not None:
                self._owned.setdefault(seat.booking_id, []).append(seat)
        self.seating: dict[int, BookingId | None] = {}
        self.new_seats: tuple[SeatPosition, ...] = ()
        self.seats_end: int | None = None

    @property
    def free_count(self) -> int:
        """How many of the known seats are free."""
        return len(self._free)

    def find(self, names: Sequence[str]) -> list[Seat]:
        """Return the seats with these labels or ids. All of them must be known."""
        return [self._by_name[name] for name in names]

    def unknown_names(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in self._by_name]

    def name_a_seat_twice(self, names: Sequence[str]) -> bool:
        """Return whether two of these labels or ids mean the same seat."""
        return len({self._by_name[name].label if name in self._by_name else name for name in names}) < len(names)

    def is_free(self, seat: Seat) -> bool:
        return self.seating.get(seat.position.number, seat.booking_id) is None

    def assign(self, booking: Booking, chosen: Sequence[Seat] = ()) -> Booking:
        """Return the booking with the chosen seats, or else with the best free ones. They must be free."""
        seats = list(chosen) or best_seats(self._free, booking.quantity)
        for seat in seats:
            del self._free[bisect_left(self._free, seat.position.number, key=_number)]
        return self._give(booking, seats)

    def _give(self, booking: Booking, seats: list[Seat]) -> Booking:
        self.seating |= {seat.position.number: booking.id for seat in seats}
        self._owned[booking.id] = seats
        return replace(booking, seats=tuple(seat.label for seat in seats))

    def release(self, booking_id: BookingId) -> None:
        """Free the seats of a booking, if it has any."""
        for seat in self._owned.pop(booking_id, []):
            freed = replace(seat, booking_id=None)
            self.seating[seat.position.number] = None
            self._by_name |= {freed.label: freed, freed.id: freed}
            insort(self._free, freed, key=_number)

    def create(
        self, capacity: int, per_row: int, holding: Sequence[Booking], kept_free: Collection[str] = ()
    ) -> list[Booking]:
        """Create the seats of an event that had none. Return the bookings that hold places with the best seats, in the
        order given, except for the seats that are kept free.
        """
        self.new_seats = tuple(seat_grid(0, capacity, per_row))
        # New seats get their ids when they are written; until then they have none.
        self._by_name = {position.label: Seat(position, "") for position in self.new_seats}
        kept = [self._by_name[label] for label in kept_free]
        others = (seat for label, seat in self._by_name.items() if label not in kept_free)
        seated, self._free = seat_parties(others, [booking.quantity for booking in holding])
        for seat in kept:
            insort(self._free, seat, key=_number)
        return [self._give(booking, taken) for booking, taken in zip(holding, seated, strict=True)]

    def remove_all(self) -> None:
        """Delete all seats, which nobody has."""
        self._by_name, self._free, self.seats_end = {}, [], 0

    def resize(self, before: int, capacity: int, per_row: int) -> None:
        """Delete seats from the end, or add some. Raises CapacityBelowBooked when one to be deleted is taken, and
        InvalidFields when the seat map would be too large.
        """
        must_be_free([seat for seat in self._seats if seat.position.number >= capacity and not self.is_free(seat)])
        self._free = [seat for seat in self._free if seat.position.number < capacity]
        if capacity < before:
            self.seats_end = capacity
            return
        check_size(capacity)
        self.new_seats = tuple(seat_grid(before, capacity, per_row))
        self._free += [Seat(position, "") for position in self.new_seats]


def _number(seat: Seat) -> int:
    return seat.position.number
