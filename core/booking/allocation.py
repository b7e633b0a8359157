"""The rule that gives places away and takes them back, for one event at a time (B1-B9, B11-B14).

All of it is pure: from what is known of an event while it is locked (`Book`), to what has to be written (`Change`).
Every step first lets go of the holds whose time is up and ends by moving up the waiting line, so that what one party
gives back goes to the head of the line in the same step, and nobody slips in between (B7).
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyPurchased,
    AlreadyRegistered,
    CapacityBelowBooked,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyReused,
    PaymentNeeded,
    SeatsExist,
    SeatUnavailable,
    SoldOut,
    UnknownSeat,
)
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot, Replay
from core.booking.model import (
    ACTIVE,
    HOLDING,
    Booking,
    BookingStatus,
    Channel,
    IdempotencyRecord,
    Inventory,
    Request,
    Ticket,
)
from core.booking.notices import BookingNotice, notices_of, topic_of
from core.booking.seats import Seat, SeatPosition, best_seats, check_size, must_be_free, seat_grid
from core.shared.access import Principal
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import BookingId
from core.shared.topics import Topic


def allocate(
    book: InventorySnapshot, asked: Sequence[Request], rules: AllocationContext
) -> tuple[list[Decision], ChangeSet]:
    """Decide a batch in arrival order: a whole party gets its places while they last and nobody waits, else it goes
    to the end of the line (B6). One that is refused leaves the others alone.
    """
    step = _Step(book, rules)
    step.begin()
    return [step.place(request) for request in asked], step.end()


def cancel(
    book: InventorySnapshot, booking: Booking, tickets: Sequence[Ticket], by: Principal, rules: AllocationContext
) -> ChangeSet:
    """The booking given back with its tickets, or out of the line. Harmless twice (B9).

    Raises EventStarted, and AlreadyCheckedIn when somebody was let in with it, for everybody but admins, who may undo
    what happened at the door.
    """
    step = _Step(book, rules, booking)
    step.expire_holds()  # the line moves up at the end: this party must not be served while it leaves
    now_it_is = step.latest(booking)
    if now_it_is.status in ACTIVE:
        if not by.is_admin:
            _must_not_be_taken_up(book.inventory, tickets, rules)
        step.release(now_it_is, BookingStatus.CANCELLED)
    return step.end()


def _must_not_be_taken_up(inventory: Inventory, tickets: Sequence[Ticket], rules: AllocationContext) -> None:
    if rules.now >= inventory.event.start_time:
        raise EventStarted("This event has started; its bookings can't be cancelled any more.")
    if used := [ticket.checked_in_at for ticket in tickets if ticket.checked_in_at is not None]:
        message = "Somebody was let in with this booking; it can't be cancelled any more."
        raise AlreadyCheckedIn(message, checked_in_at=min(used))


def begin_payment(book: InventorySnapshot, booking: Booking, rules: AllocationContext) -> tuple[Booking, ChangeSet]:
    """The booking with a payment under way, which its time can't run out on; as it is, when it can't be paid."""
    step = _Step(book, rules, booking)
    step.begin()
    now_it_is = step.latest(booking)
    if now_it_is.status is BookingStatus.PENDING and not now_it_is.paying:
        now_it_is = step.put(replace(now_it_is, paying=True, updated_at=rules.now))
    return now_it_is, step.end()


def end_payment(
    book: InventorySnapshot, booking: Booking, *, paid: bool, declined: bool, rules: AllocationContext
) -> tuple[Booking, ChangeSet]:
    """What became of a payment: paid confirms the booking, declined frees its places, neither leaves it to its time."""
    step = _Step(book, rules, booking)
    if booking.status is BookingStatus.PENDING and paid:
        step.confirm(replace(booking, paying=False))
    elif booking.status is BookingStatus.PENDING and declined:
        step.release(replace(booking, paying=False), BookingStatus.FAILED)
    elif booking.paying:
        step.put(replace(booking, paying=False, updated_at=rules.now))
    step.begin()
    settled = step.latest(booking)
    if settled.is_due(rules.now):
        settled = step.release(settled, BookingStatus.EXPIRED)
    return settled, step.end()


def resize(book: InventorySnapshot, capacity: int | None, rules: AllocationContext) -> ChangeSet:
    """The event with another capacity, or with the same after something else about it has changed.

    Raises CapacityBelowBooked, InvalidFields.
    """
    step = _Step(book, rules)
    step.expire_holds()
    step.resize(capacity)
    return step.end()


def create_seat_map(
    book: InventorySnapshot, active: Sequence[Booking], capacity: int, per_row: int, rules: AllocationContext
) -> ChangeSet:
    """A seat map for an event that has none; those who hold places already get the foremost, in order of arrival.

    Raises SeatsExist, CapacityBelowBooked.
    """
    if book.inventory.is_mapped:
        raise SeatsExist("This event has a seat map already.")
    step = _Step(book, rules, *active)
    step.expire_holds()
    if capacity != book.inventory.capacity:
        step.resize(capacity)
    places = seat_grid(0, capacity, per_row)
    foremost = iter(places)
    for booking in active:
        if booking.status not in HOLDING or booking.is_due(rules.now):
            continue
        taken = [next(foremost) for _ in range(booking.quantity)]
        step.put(replace(booking, seats=tuple(place.label for place in taken)))
        step.seating |= {place.number: booking.id for place in taken}
    step.inventory = replace(step.inventory, seats_per_row=per_row)
    step.new_seats = tuple(places)
    step.free = [Seat(place, "") for place in foremost]
    step.promote()
    return step.end()


class _Step:
    """The state of one step, changed as it goes. Nothing of it leaves but decisions and the change."""

    def __init__(self, book: InventorySnapshot, rules: AllocationContext, *known: Booking) -> None:
        """`known` are the bookings it is about, beside those of the book."""
        self.book, self.rules = book, rules
        self.was = {each.id: each.status for each in (*book.due, *book.line, *known)}
        self.inventory = book.inventory
        self.closed = book.inventory.closed(rules.now)
        self.line = deque(book.line)
        self.seats = {name: seat for seat in book.seats for name in (seat.label, seat.id)}
        self.free = [seat for seat in book.seats if seat.is_free]
        self.owned: dict[BookingId, list[Seat]] = {}
        for seat in book.seats:
            if seat.booking_id is not None:
                self.owned.setdefault(seat.booking_id, []).append(seat)
        self.holders, self.registered = set(book.holders), set(book.registered)
        self.bookings: dict[BookingId, Booking] = {}
        self.added: set[BookingId] = set()
        self.pay_at_once: set[BookingId] = set()
        self.tickets: list[Ticket] = []
        self.uses = dict(book.uses)
        self.seating: dict[int, BookingId | None] = {}
        self.new_seats: tuple[SeatPosition, ...] = ()
        self.seats_end: int | None = None

    def begin(self) -> None:
        """Let go of what is due, and offer it to the line."""
        self.expire_holds()
        self.promote()

    def expire_holds(self) -> None:
        for booking in self.book.due:
            if self.latest(booking).is_due(self.rules.now):
                self.release(booking, BookingStatus.EXPIRED)

    def end(self) -> ChangeSet:
        self.promote()
        return ChangeSet(
            inventory=self.inventory,
            added=tuple(self.bookings[each] for each in self.bookings if each in self.added),
            changed=tuple(self.bookings[each] for each in self.bookings if each not in self.added),
            tickets=tuple(self.tickets),
            uses=tuple(use for name, use in self.uses.items() if name not in self.book.uses),
            seating=self.seating,
            new_seats=self.new_seats,
            seats_end=self.seats_end,
            told=tuple(self.told()),
        )

    def told(self) -> Iterator[BookingNotice]:
        """What happened to whom."""
        happened: dict[Topic, list[BookingId]] = {}
        for booking in self.bookings.values():
            topic = topic_of(self.was.get(booking.id), booking.status)
            if topic is None or (topic is Topic.BOOKING_PENDING and booking.id in self.pay_at_once):
                continue
            happened.setdefault(topic, []).append(booking.id)
        for topic, booking_ids in happened.items():
            yield from notices_of(topic, self.inventory.event.id, booking_ids)

    def latest(self, booking: Booking) -> Booking:
        return self.bookings.get(booking.id, booking)

    def put(self, booking: Booking) -> Booking:
        self.bookings[booking.id] = booking
        return booking

    # Asking for places

    def place(self, request: Request) -> Decision:
        if request.key is None or request.user_id is None:
            return self._placed(request)
        name = (request.user_id, request.key)
        use = self.uses.get(name)
        if use is not None and use.fingerprint != request.fingerprint:
            return IdempotencyKeyReused("This Idempotency-Key was used for another request on this event.")
        if use is not None:
            return Replay(use)
        decision = self._placed(request)
        if isinstance(decision, Booking):  # a refusal is not remembered: the key may be tried again
            self.uses[name] = IdempotencyRecord(
                user_id=request.user_id,
                event_id=self.inventory.event.id,
                key=request.key,
                fingerprint=request.fingerprint,
                booking_id=decision.id,
                was_waitlisted=decision.status is BookingStatus.WAITLISTED,
            )
        return decision

    def _placed(self, request: Request) -> Booking | Refusal:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        seats = [self.seats[name] for name in request.seats]
        taken = [seat.label for seat in seats if not self._is_free(seat)]
        nobody_waits = self.next_waiting() is None
        if taken and self.inventory.held != self.inventory.capacity:
            return SeatUnavailable(taken)
        if nobody_waits and self._fits(request.quantity, seats):
            return self._admit(request, seats)
        if request.may_wait:
            return self._queue(request)
        left = (self.inventory.capacity or 0) - self.inventory.held
        return SoldOut("There are not enough places left.", available=left if nobody_waits else 0)

    def _refusal(self, request: Request) -> Refusal | None:
        return self.closed or self._refused_party(request) or self._refused_seats(request)

    def _refused_party(self, request: Request) -> Refusal | None:
        if request.user_id in self.holders and request.channel is Channel.PURCHASE:
            return AlreadyPurchased("You have a booking for this event already.")
        if request.visitor is not None and request.visitor.email in self.registered:
            return AlreadyRegistered("This email address is registered for the event.")
        if request.channel is Channel.REGISTER and self.inventory.price > 0:
            return PaymentNeeded("This event has a price: sign in and book it.")
        return None

    def _refused_seats(self, request: Request) -> Refusal | None:
        if unknown := [name for name in request.seats if name not in self.seats]:
            return UnknownSeat(unknown)
        if len({self.seats[name].label for name in request.seats}) < len(request.seats):
            return InvalidFields({"seat_ids": ["Names a seat twice."]})
        if self._exceeds(request.quantity):
            places = self.inventory.capacity
            return ExceedsCapacity(f"This event has {places} places in all.", capacity=places)
        return None

    def _admit(self, request: Request, seats: list[Seat]) -> Booking:
        booking = self._new(request, BookingStatus.CONFIRMED)
        self.inventory = replace(self.inventory, held=self.inventory.held + request.quantity)
        return self._grant(booking, seats, self.rules.terms.hold)

    def _queue(self, request: Request) -> Booking:
        number = self.inventory.last_number + 1
        self.inventory = replace(self.inventory, waiting=self.inventory.waiting + 1, last_number=number)
        booking = self.put(replace(self._new(request, BookingStatus.WAITLISTED), waitlist_number=number))
        self.line.append(booking)
        return booking

    def _new(self, request: Request, status: BookingStatus) -> Booking:
        self.added.add(request.booking_id)
        if request.pays_at_once:
            self.pay_at_once.add(request.booking_id)
        if request.user_id is not None:
            self.holders.add(request.user_id)
        if request.visitor is not None:
            self.registered.add(request.visitor.email)
        return Booking(
            id=request.booking_id,
            event_id=self.inventory.event.id,
            quantity=request.quantity,
            status=status,
            amount=self.inventory.price * request.quantity,
            currency=self.inventory.currency,
            channel=request.channel,
            created_at=self.rules.now,
            updated_at=self.rules.now,
            user_id=request.user_id,
            visitor=request.visitor,
        )

    # Giving and taking places

    def _grant(self, booking: Booking, seats: list[Seat], held_for: timedelta) -> Booking:
        if self.inventory.is_mapped:
            booking = self._seated(booking, seats or best_seats(self.free, booking.quantity))
        if booking.amount > 0:
            waits_until = self.rules.now + held_for
            return self.put(replace(booking, status=BookingStatus.PENDING, expires_at=waits_until))
        return self.confirm(booking)

    def confirm(self, booking: Booking) -> Booking:
        for _ in range(booking.quantity):
            self.tickets.append(
                Ticket(self.rules.mint.ticket_id(), booking.id, booking.event_id, self.rules.mint.code())
            )
        if booking.status is not BookingStatus.CONFIRMED:
            booking = replace(booking, status=BookingStatus.CONFIRMED, expires_at=None, updated_at=self.rules.now)
        return self.put(booking)

    def _seated(self, booking: Booking, seats: Sequence[Seat]) -> Booking:
        for seat in seats:
            self.free.remove(seat)
            self.seating[seat.place.number] = booking.id
        self.owned[booking.id] = list(seats)
        return replace(booking, seats=tuple(seat.label for seat in seats))

    def _is_free(self, seat: Seat) -> bool:
        has_it = self.seating.get(seat.place.number, seat.booking_id)
        return has_it is None

    def release(self, booking: Booking, status: BookingStatus) -> Booking:
        """Take a booking's places, or its place in line, away from it."""
        if booking.status is BookingStatus.WAITLISTED:
            self.inventory = replace(self.inventory, waiting=self.inventory.waiting - 1)
            self.line = deque(party for party in self.line if party.id != booking.id)
        else:
            self.inventory = replace(self.inventory, held=self.inventory.held - booking.quantity)
        for seat in self.owned.pop(booking.id, []):
            freed = replace(seat, booking_id=None)
            self.seating[seat.place.number] = None
            self.seats |= {freed.label: freed, freed.id: freed}
            insort(self.free, freed, key=lambda each: each.place.number)
        ended = replace(
            booking, status=status, seats=(), expires_at=None, waitlist_number=None, updated_at=self.rules.now
        )
        return self.put(ended)

    def promote(self) -> None:
        """As many whole parties as fit, from the head of the line, stopping at the first that does not (B7)."""
        if not self.inventory.is_open or self.rules.now >= self.inventory.event.start_time:
            return
        while (party := self.next_waiting()) and self._fits(party.quantity):
            self.line.remove(party)
            self.inventory = replace(
                self.inventory, waiting=self.inventory.waiting - 1, held=self.inventory.held + party.quantity
            )
            promoted = replace(self._at_todays_price(party), waitlist_number=None, updated_at=self.rules.now)
            self._grant(promoted, [], self.rules.terms.offer)

    def _at_todays_price(self, party: Booking) -> Booking:
        """Who waits has agreed to no price yet. Visitors came for nothing, and have no account to pay with."""
        if party.visitor is not None:
            return party
        return replace(party, amount=self.inventory.price * party.quantity, currency=self.inventory.currency)

    def next_waiting(self) -> Booking | None:
        """Who is served next. A party larger than the whole event has become waits for it to grow, not the others."""
        has_room = (party for party in self.line if not self._exceeds(party.quantity))
        return next(has_room, None)

    def _fits(self, quantity: int, seats: Sequence[Seat] = ()) -> bool:
        has_seats = not self.inventory.is_mapped or len(seats or self.free) >= quantity
        return has_seats and self.inventory.fits(quantity)

    def _exceeds(self, quantity: int) -> bool:
        return self.inventory.capacity is not None and quantity > self.inventory.capacity

    def resize(self, capacity: int | None) -> None:
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
            self._resize_map(before, capacity, per_row)
        self.inventory = replace(self.inventory, capacity=capacity)

    def _resize_map(self, before: int, capacity: int, per_row: int) -> None:
        must_be_free([seat for seat in self.book.seats if seat.place.number >= capacity and not self._is_free(seat)])
        self.free = [seat for seat in self.free if seat.place.number < capacity]
        if capacity < before:
            self.seats_end = capacity
            return
        check_size(capacity)
        self.new_seats = tuple(seat_grid(before, capacity, per_row))
        self.free += [Seat(place, "") for place in self.new_seats]
