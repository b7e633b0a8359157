"""One step on the inventory of one event: the operations that the functions in `allocation` consist of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from core.booking.errors import (
    AlreadyPurchased,
    AlreadyRegistered,
    CapacityBelowBooked,
    ExceedsCapacity,
    IdempotencyKeyReused,
    PaymentNeeded,
    SeatsTaken,
    SeatUnavailable,
    SoldOut,
    UnknownSeat,
)
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot, Replay
from core.booking.model import HOLDING, HOLDS_AT_ONCE, Booking, BookingStatus, Channel, Ticket
from core.booking.notices import BookingNotice, notices_of, topic_of
from core.booking.requests import IdempotencyRecord, Request
from core.booking.seat_assignment import SeatAssignment
from core.booking.seats import SEATS_PER_ROW, Seat, find_unknown_labels
from core.booking.waitlist import Waitlist
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import BookingId
from core.shared.topics import Topic


class AllocationStep:
    """Collects the changes of one step, from a snapshot to a `ChangeSet`.

    It is mutable, so it must not leave the function that created it; only decisions, bookings and the change set do.
    Every step expires holds first and ends with `finish`, which promotes from the waitlist. So released places go to
    the head of the waitlist in the same step, before any new request.

    How many holds expire and how many parties are promoted is limited by what was read of them. The places of holds
    that were not read stay held, and whoever asks while somebody waits has to wait, too, so that nobody overtakes.
    """

    def __init__(self, snapshot: InventorySnapshot, context: AllocationContext, *known: Booking) -> None:
        """`known` are the bookings the step is about, besides those of the snapshot."""
        self._snapshot, self._context = snapshot, context
        self._may_expire = {
            each.id: each for each in (*snapshot.expired_holds, *snapshot.holds_past_start, *known)
        }.values()
        self._status_before = {
            each.id: each.status for each in (*self._may_expire, *snapshot.waitlist, *snapshot.active)
        }
        self.inventory = snapshot.inventory
        self._closed = snapshot.inventory.reason_closed(context.now)
        self._waitlist = Waitlist(snapshot.waitlist, snapshot.inventory.waiting)
        self._seats = SeatAssignment(snapshot.seats)
        self._holders, self._registered = set(snapshot.holders), set(snapshot.registered)
        self._records = dict(snapshot.idempotency_records)
        self._bookings: dict[BookingId, Booking] = {}
        self._added: set[BookingId] = set()
        self._paid_at_once: set[BookingId] = set()
        self._too_large: set[BookingId] = set()
        self._still_to_pay: set[BookingId] = set()
        self._tickets: list[Ticket] = []

    def begin(self) -> None:
        """Expire holds and offer their places to the waitlist."""
        self.expire_holds()
        self.promote()

    def finish(self) -> ChangeSet:
        """Promote from the waitlist, and return everything that has changed."""
        self.promote()
        known_keys = self._snapshot.idempotency_records
        return ChangeSet(
            inventory=self.inventory,
            added=tuple(booking for booking in self._bookings.values() if booking.id in self._added),
            changed=tuple(booking for booking in self._bookings.values() if booking.id not in self._added),
            tickets=tuple(self._tickets),
            idempotency_records=tuple(record for name, record in self._records.items() if name not in known_keys),
            seating=self._seats.seating,
            new_seats=self._seats.new_seats,
            seats_end=self._seats.seats_end,
            notices=tuple(self._notices()),
            sold=self._count_sold(),
            is_partial=self._is_partial(),
        )

    def _count_sold(self) -> int:
        return sum(
            booking.quantity
            for booking in self._bookings.values()
            if booking.status in HOLDING and self._status_before.get(booking.id) not in HOLDING
        )

    def _is_partial(self) -> bool:
        """Return whether there may be expired holds, or parties to be promoted, that were not read."""
        if len(self._snapshot.expired_holds) >= HOLDS_AT_ONCE:
            return True
        is_promoting = self._closed is None and self._waitlist.head is None and not self._waitlist.is_empty
        return is_promoting and self._fits(1)

    def _notices(self) -> Iterator[BookingNotice]:
        by_topic: dict[Topic, list[BookingId]] = {}
        for booking in self._bookings.values():
            topic = topic_of(self._status_before.get(booking.id), booking.status)
            if booking.id in self._still_to_pay and booking.status is BookingStatus.PENDING:
                topic = Topic.BOOKING_PENDING
            if topic is None or (topic is Topic.BOOKING_PENDING and booking.id in self._paid_at_once):
                continue
            if booking.id in self._too_large:
                topic = Topic.BOOKING_TOO_LARGE
            by_topic.setdefault(topic, []).append(booking.id)
        for topic, booking_ids in by_topic.items():
            yield from notices_of(topic, self.inventory.event.id, booking_ids)

    def latest(self, booking: Booking) -> Booking:
        """Return the booking as this step has left it so far."""
        return self._bookings.get(booking.id, booking)

    def put(self, booking: Booking) -> Booking:
        """Record a new state of a booking."""
        self._bookings[booking.id] = booking
        return booking

    # Requests for places

    def place(self, request: Request) -> Decision:
        """Decide a request, unless its idempotency key was used before."""
        if request.key is None or request.user_id is None:
            return self._decide(request)
        name = (request.user_id, request.key)
        record = self._records.get(name)
        if record is not None and record.fingerprint != request.fingerprint:
            return IdempotencyKeyReused("This Idempotency-Key was used for another request on this event.")
        if record is not None:
            return Replay(record)
        decision = self._decide(request)
        if isinstance(decision, Booking):  # a refusal is not recorded: the key may be used again
            self._records[name] = IdempotencyRecord(
                user_id=request.user_id,
                event_id=self.inventory.event.id,
                key=request.key,
                fingerprint=request.fingerprint,
                booking_id=decision.id,
                was_waitlisted=decision.status is BookingStatus.WAITLISTED,
            )
        return decision

    def _decide(self, request: Request) -> Booking | Refusal:
        refusal = self._closed or self._refuse_party(request) or self._refuse_size_or_seats(request)
        if refusal is not None:
            return refusal
        self._create_seats_for(request)
        seats = self._seats.find(request.seats) if self.inventory.has_seats else []
        taken = [seat.label for seat in seats if not self._seats.is_free(seat)]
        nobody_waits = self._waitlist.is_empty
        if taken and self.inventory.held != self.inventory.capacity:
            return SeatUnavailable(taken)
        if nobody_waits and self._fits(request.quantity, seats):
            return self._admit(request, seats)
        if request.may_wait:
            return self._add_to_waitlist(request)
        available = (self.inventory.capacity or 0) - self.inventory.held
        return SoldOut("There are not enough places left.", available=available if nobody_waits else 0)

    def _refuse_party(self, request: Request) -> Refusal | None:
        if request.user_id in self._holders and request.channel is Channel.PURCHASE:
            return AlreadyPurchased("You already have a booking for this event.")
        if request.visitor is not None and request.visitor.email in self._registered:
            return AlreadyRegistered("This email address is already registered for the event.")
        if request.channel is Channel.REGISTER and self.inventory.price > 0:
            return PaymentNeeded("This event has a price: sign in and book it.")
        return None

    def _refuse_size_or_seats(self, request: Request) -> Refusal | None:
        if unknown := self._unknown_seats(request.seats):
            return UnknownSeat(unknown)
        if self._seats.name_a_seat_twice(request.seats):
            return InvalidFields({"seat_ids": ["Names a seat twice."]})
        capacity = self.inventory.capacity
        if capacity is not None and request.quantity > capacity:
            return ExceedsCapacity(f"This event has only {capacity} places in total.", capacity=capacity)
        return None

    def _unknown_seats(self, names: Sequence[str]) -> list[str]:
        """Return the seats that the event does not have, and would not get with its first booking by seat."""
        capacity = self.inventory.seats_to_create(self._context.now) if names else None
        return self._seats.unknown_names(names) if capacity is None else find_unknown_labels(names, capacity)

    def _create_seats_for(self, request: Request) -> None:
        """Create the seat map if this is the first request by seat that gets places. It gets its seats, and earlier
        bookings the best of the others.
        """
        capacity = self.inventory.seats_to_create(self._context.now) if request.seats else None
        if capacity is not None and self._waitlist.is_empty and self._fits(request.quantity):
            self.create_seats(capacity, SEATS_PER_ROW, kept_free=request.seats)

    def _admit(self, request: Request, seats: Sequence[Seat]) -> Booking:
        booking = self._new_booking(request, BookingStatus.CONFIRMED)
        self.inventory = replace(self.inventory, held=self.inventory.held + request.quantity)
        return self._grant(booking, seats, self._context.hold_durations.hold)

    def _add_to_waitlist(self, request: Request) -> Booking:
        number = self.inventory.last_waitlist_number + 1
        self.inventory = replace(self.inventory, waiting=self.inventory.waiting + 1, last_waitlist_number=number)
        booking = self.put(replace(self._new_booking(request, BookingStatus.WAITLISTED), waitlist_number=number))
        self._waitlist.add(booking)
        return booking

    def _new_booking(self, request: Request, status: BookingStatus) -> Booking:
        self._added.add(request.booking_id)
        if request.pays_at_once:
            self._paid_at_once.add(request.booking_id)
        if request.user_id is not None:
            self._holders.add(request.user_id)
        if request.visitor is not None:
            self._registered.add(request.visitor.email)
        return Booking(
            id=request.booking_id,
            event_id=self.inventory.event.id,
            quantity=request.quantity,
            status=status,
            amount=self.inventory.price * request.quantity,
            currency=self.inventory.currency,
            channel=request.channel,
            created_at=self._context.now,
            updated_at=self._context.now,
            user_id=request.user_id,
            visitor=request.visitor,
        )

    # Granting and releasing places

    def _grant(self, booking: Booking, seats: Sequence[Seat], held_for: timedelta) -> Booking:
        """Give a booking its places, which are already counted: on hold if they have a price, otherwise confirmed.

        No hold outlasts the start of the event.
        """
        if self.inventory.has_seats:
            booking = self._seats.assign(booking, seats)
        if booking.amount > 0:
            expires_at = min(self._context.now + held_for, self.inventory.event.start_time)
            return self.put(replace(booking, status=BookingStatus.PENDING, expires_at=expires_at))
        return self.confirm(booking)

    def confirm(self, booking: Booking) -> Booking:
        """Confirm a booking that has its places, and issue a ticket for each."""
        factory = self._context.ticket_factory
        for _ in range(booking.quantity):
            self._tickets.append(Ticket(factory.new_id(), booking.id, booking.event_id, factory.new_code()))
        if booking.status is not BookingStatus.CONFIRMED:
            booking = replace(booking, status=BookingStatus.CONFIRMED, expires_at=None, updated_at=self._context.now)
        return self.put(booking)

    def end_payment(self, booking: Booking) -> Booking:
        """Record that a payment was not taken. If the booking is still held, its holder is asked to pay again."""
        self._still_to_pay.add(booking.id)
        return self.put(replace(booking, paying=False, updated_at=self._context.now))

    def release(self, booking: Booking, status: BookingStatus) -> Booking:
        """End an active booking with this status: free its places, or take it off the waitlist."""
        if booking.status is BookingStatus.WAITLISTED:
            self.inventory = replace(self.inventory, waiting=self.inventory.waiting - 1)
            self._waitlist.remove(booking)
        else:
            self.inventory = replace(self.inventory, held=self.inventory.held - booking.quantity)
        self._seats.release(booking.id)
        return self.put(booking.end(status, self._context.now))

    def shorten_holds(self) -> None:
        """Let the holds that would outlast the start, which may have been moved, expire then."""
        start = self.inventory.event.start_time
        for booking in self._snapshot.holds_past_start:
            self.put(replace(booking, expires_at=start, updated_at=self._context.now))

    def expire_holds(self) -> None:
        for booking in map(self.latest, self._may_expire):
            if booking.is_expired(self._context.now):
                self.release(booking, BookingStatus.EXPIRED)

    def promote(self) -> None:
        """Promote whole parties from the head of the waitlist, and stop at the first that does not fit.

        Nobody is promoted while the event can't be booked: not after the registration deadline either.
        """
        if self._closed is not None:
            return
        while (party := self._waitlist.head) and self._fits(party.quantity):
            self._waitlist.remove(party)
            self.inventory = replace(
                self.inventory, waiting=self.inventory.waiting - 1, held=self.inventory.held + party.quantity
            )
            promoted = replace(self._at_current_price(party), waitlist_number=None, updated_at=self._context.now)
            self._grant(promoted, [], self._context.hold_durations.offer)

    def _at_current_price(self, party: Booking) -> Booking:
        """Return the party with the current price, since it has not agreed to one yet.

        Visitors keep the free price they registered for: they have no account to pay with.
        """
        if party.visitor is not None:
            return party
        return replace(party, amount=self.inventory.price * party.quantity, currency=self.inventory.currency)

    def _fits(self, quantity: int, seats: Sequence[Seat] = ()) -> bool:
        has_seats = not self.inventory.has_seats or (len(seats) or self._seats.free_count) >= quantity
        return has_seats and self.inventory.fits(quantity)

    # Changing the event's places

    def resize(self, capacity: int | None) -> None:
        """Change the capacity, and the seat map with it. A waiting party that has become larger than the event is
        taken off the waitlist.

        Raises CapacityBelowBooked, InvalidFields.
        """
        before = self.inventory.capacity
        if capacity is not None and capacity < self.inventory.held:
            raise CapacityBelowBooked(
                f"{self.inventory.held} places are taken already; the capacity can't be {capacity}.",
                booked_count=self.inventory.held,
            )
        per_row = self.inventory.seats_per_row
        if per_row is not None and before is not None:
            if capacity is None:
                raise InvalidFields({"capacity": ["An event with a seat map has as many places as seats."]})
            self._seats.resize(before, capacity, per_row)
        self.inventory = replace(self.inventory, capacity=capacity)
        for party in self._waitlist.larger_than(capacity) if capacity is not None else ():
            self._too_large.add(party.id)
            self.release(party, BookingStatus.CANCELLED)

    def create_seats(self, capacity: int, per_row: int, kept_free: Sequence[str] = ()) -> None:
        """Create the seat map. The bookings that hold places get the best seats in order of arrival, except for those
        that are kept free.
        """
        known = {booking.id: booking for booking in self._snapshot.active} | self._bookings
        holding = [booking for booking in known.values() if booking.status in HOLDING]
        for booking in self._seats.create(capacity, per_row, holding, kept_free):
            self.put(booking)
        self.inventory = replace(self.inventory, seats_per_row=per_row)

    def remove_seats(self) -> None:
        """Remove the seat map. Raises SeatsTaken if anybody has a seat."""
        if self.inventory.held:
            raise SeatsTaken("Seats are taken; the seat map can't be replaced or removed.")
        self._seats.remove_all()
        self.inventory = replace(self.inventory, seats_per_row=None)
