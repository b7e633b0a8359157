"""The bookings of one event in the simplest form: lists, dicts, and the requirements B1 to B14 one by one.

It shares no code with core, so that each checks the other. Parties are identified by their index in the list. A refused
step changes nothing, except for a payment: holds expire before that is refused. A step releases `at_once` expired holds
and promotes `at_once` parties at most.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from string import ascii_uppercase

from tests.support.plain_records import Party, Payment, Refused

HOLD, OFFER, SETTLE_AFTER = timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=1)
ROWS = [*ascii_uppercase, *(first + second for first in ascii_uppercase for second in ascii_uppercase)]
SILENT = {"tok_timeout": "approved", "tok_timeout_lost": None}
APPROVING = {"tok_approve", "tok_slow"}
ADMIN = "admin"
HELD, ACTIVE = {"pending", "confirmed"}, {"pending", "confirmed", "waitlisted"}
Asked = tuple[int, list[str], bool]
"""How many places, which seats, and whether the party is willing to wait."""


@dataclass
class PlainModel:
    now: datetime
    start: datetime
    deadline: datetime
    capacity: int | None
    price: Decimal
    at_once: int
    status: str = "open"
    per_row: int | None = None
    last_waitlist_number: int = 0
    parties: list[Party] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    keys: dict[tuple[int, str], tuple[Asked, int]] = field(default_factory=dict)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        before = copy.deepcopy(self.__dict__)
        try:
            yield
        except Refused:
            self.__dict__ = before
            raise

    # State

    def held(self) -> int:
        return sum(party.quantity for party in self.parties if party.status in HELD)

    def expired(self) -> list[Party]:
        """Return the parties whose hold has expired."""
        held = [party for party in self.parties if party.status == "pending" and not party.paying]
        return [party for party in held if party.until and party.until <= self.now]

    def waitlist(self) -> list[Party]:
        waiting = [party for party in self.parties if party.status == "waitlisted"]
        return sorted(waiting, key=lambda party: party.number or 0)

    def head(self) -> list[Party]:
        """Return the parties that a step may promote."""
        return self.waitlist()[: self.at_once]

    def due(self, needed: int = 0) -> list[Party]:
        """Return the parties whose holds a step releases: the first that expired, and enough for so many places."""
        in_order = sorted(self.expired(), key=lambda party: party.until or self.now)
        return in_order[: max(self.at_once, needed)]

    def fits(self, quantity: int) -> bool:
        return self.capacity is None or self.held() + quantity <= self.capacity

    def owners(self) -> dict[int, int]:
        return {seat: index for index, party in enumerate(self.parties) for seat in party.seats}

    def labels(self) -> list[str]:
        if self.per_row is None or self.capacity is None:
            return []
        return [f"{ROWS[seat // self.per_row]}-{seat % self.per_row + 1}" for seat in range(self.capacity)]

    def seat_states(self) -> list[tuple[str, str]]:
        """Return each seat with the status that is shown."""
        owners, expired = self.owners(), self.expired()
        states = []
        for seat, label in enumerate(self.labels()):
            owner = owners.get(seat)
            if owner is None or self.parties[owner] in expired:
                states.append((label, "available"))
            else:
                states.append((label, "held" if self.parties[owner].status == "pending" else "reserved"))
        return states

    # Requests for places

    def book(self, who: int, key: str, wait: bool, quantity: int, seats: Sequence[tuple[str, str]]) -> int:
        """Return the party's index. `seats` are the names as sent, labels or ids, each with the label that is meant."""
        asked = (quantity, sorted(name for name, _ in seats), wait)
        with self.all_or_nothing():
            known = self.keys.get((who, key))
            if known is not None and known[0] != asked:
                raise Refused("IdempotencyKeyReused")
            if known is not None:
                return known[1]
            index = self.place(who, quantity or len(seats), "book", wait, [label for _, label in seats])
            self.keys[who, key] = (asked, index)
            return index

    def register(self, email: str) -> int:
        with self.all_or_nothing():
            return self.place(email.lower(), 1, "register", True, [])

    def purchase(self, who: object, token: str) -> int:
        with self.all_or_nothing():
            index = self.place(who, 1, "purchase", False, [])
        if self.parties[index].status == "pending":
            self.pay(index, token, who)
        return index

    def place(self, who: object, quantity: int, channel: str, wait: bool, seats: list[str]) -> int:
        in_the_way = [self.parties[owner] for seat, owner in self.owners().items() if self.labels()[seat] in seats]
        in_the_way += [party for party in self.parties if party.who == who and channel == "purchase"]
        before, needed = sum(party.quantity for party in self.waitlist()), 0
        if self.capacity is not None and len(self.waitlist()) <= self.at_once:
            needed = self.held() + before + quantity - self.capacity
        self.expire_holds([*self.due(needed), *in_the_way])
        self.must_be_open()
        self.must_be_once(who, channel)
        gets_places = not self.waitlist() and self.fits(quantity)
        wanted = self.find_seats(seats, gets_places)
        if self.capacity is not None and quantity > self.capacity:
            raise Refused("ExceedsCapacity")
        if self.held() != self.capacity and set(wanted) & set(self.owners()):
            raise Refused("SeatUnavailable")
        party = Party(who, quantity, channel, self.price * quantity)
        if gets_places:
            self.admit(party, wanted, HOLD)
        elif wait:
            self.last_waitlist_number += 1
            party.number = self.last_waitlist_number
        else:
            raise Refused("SoldOut")
        self.parties.append(party)
        return len(self.parties) - 1

    def find_seats(self, labels: list[str], gets_places: bool) -> list[int]:
        """Return the seats with these labels. The first party that names seats and gets places makes the seat map."""
        known = replace(self, per_row=self.per_row or 10).labels() if labels else []
        if not set(labels) <= set(known):
            raise Refused("UnknownSeat")
        seats = [known.index(label) for label in labels if self.per_row or gets_places]
        if seats and self.per_row is None:
            self.per_row = 10
            self.seat_holders(seats)
        return seats

    def must_be_once(self, who: object, channel: str) -> None:
        active = [party for party in self.parties if party.status in ACTIVE and party not in self.expired()]
        is_here = any(party.who == who for party in active)
        if channel == "purchase" and is_here:
            raise Refused("AlreadyPurchased")
        if channel == "register" and is_here:
            raise Refused("AlreadyRegistered")
        if channel == "register" and self.price > 0:
            raise Refused("PaymentNeeded")

    def must_be_open(self) -> None:
        if self.status == "inactive":
            raise Refused("NoSuchEvent")
        if self.status != "open":
            raise Refused("EventNotOpen")
        if self.now >= self.start:
            raise Refused("EventStarted")
        if self.now >= self.deadline:
            raise Refused("RegistrationClosed")

    def must_be_of(self, index: int, by: object) -> None:
        if by not in (ADMIN, self.parties[index].who):
            raise Refused("BookingNotFound")

    # Money

    def pay(self, index: int, token: str, by: object) -> None:
        self.must_be_of(index, by)
        party = self.parties[index]
        self.expire_holds([*self.due(), party])
        if party.status == "expired" and self.now >= self.start:
            raise Refused("EventStarted")
        if party.status != "pending" or party.paying:
            raise Refused("NotPayable")
        party.paying = True
        payment = Payment(index, party.amount, self.now)
        self.payments.append(payment)
        if token in SILENT:
            payment.charge = SILENT[token]
            raise Refused("PaymentUnavailable")
        payment.charge = "approved" if token in APPROVING else "declined"
        self.record_outcome(payment)
        if payment.charge == "declined":
            raise Refused("PaymentDeclined")

    def record_outcome(self, payment: Payment) -> None:
        """Record what the gateway answered."""
        party = self.parties[payment.party]
        due, head = [*self.due(), party], self.head()
        is_pending = party.status == "pending"
        party.paying, payment.touched = False, self.now
        if payment.charge == "approved":
            payment.status = "captured" if is_pending else "refund_due"
            if is_pending:
                self.confirm(party)
        elif payment.charge == "declined":
            payment.status = "declined"
            if is_pending:
                self.end(party, "failed")
        else:
            payment.status = "void"
            if is_pending and party.channel == "purchase":
                self.end(party, "failed")
        self.release(due)
        self.promote(head)

    def settle(self) -> int:
        """The worker settles open payments and refunds those that are due. Returns how many."""
        unsettled = [each for each in self.payments if each.status == "refund_due" or self.is_left_open(each)]
        for payment in sorted(unsettled, key=lambda each: each.touched):
            if payment.status == "open":
                payment.charge = payment.charge or "unknown"
                self.record_outcome(payment)
            else:
                payment.status, payment.refunded, payment.touched = "refunded", True, self.now
        return len(unsettled)

    def is_left_open(self, payment: Payment) -> bool:
        return payment.status == "open" and payment.touched <= self.now - SETTLE_AFTER

    # Releasing places, and changing the capacity

    def expire(self) -> int:
        """The worker takes a step to expire holds and promote. Returns on how many events it did."""
        before = [replace(party) for party in self.parties]
        self.expire_holds(self.due())
        return 1 if self.parties != before else 0

    def close_waitlist(self) -> int:
        """The worker closes waitlists after the deadline. Returns how many events had one."""
        waiting = self.waitlist() if self.now >= self.deadline else []
        for party in waiting:
            self.end(party, "expired")
        return 1 if waiting else 0

    def cancel(self, index: int, by: object) -> None:
        with self.all_or_nothing():
            self.must_be_of(index, by)
            party, head = self.parties[index], self.head()
            self.release([*self.due(), party])
            if party.status in ACTIVE:
                if self.now >= self.start and by != ADMIN:
                    raise Refused("EventStarted")
                if "used" in party.tickets and by != ADMIN:
                    raise Refused("AlreadyCheckedIn")
                self.end(party, "cancelled")
            self.promote(head)

    def cancel_event(self) -> None:
        self.status = "cancelled"
        for party in self.parties:
            if party.status in ACTIVE:
                self.end(party, "cancelled")

    def resize(self, capacity: int | None) -> None:
        with self.all_or_nothing():
            most = self.held() if capacity is None else capacity
            last_seats = [self.parties[owner] for seat, owner in self.owners().items() if seat >= most]
            self.release([*self.due(self.held() - most), *last_seats])
            self.set_capacity(capacity)
            self.promote(self.head())

    def set_capacity(self, capacity: int | None) -> None:
        if capacity is not None and capacity < self.held():
            raise Refused("CapacityBelowBooked")
        if capacity is None and self.per_row is not None:
            raise Refused("InvalidFields")
        if capacity is not None and any(seat >= capacity for seat in self.owners()):
            raise Refused("CapacityBelowBooked")
        self.capacity = capacity
        for party in self.waitlist():
            if capacity is not None and party.quantity > capacity:
                self.end(party, "cancelled")

    def edit(self, **values: object) -> None:
        """Change the status, price or start."""
        if self.status == "cancelled" and "status" in values:
            raise Refused("EventCancelled")
        self.__dict__ |= values
        for party in self.parties:
            party.until = min(party.until, self.start) if party.until else None
        self.expire_holds(self.due())

    def create_seat_map(self, rows: int | None, per_row: int) -> None:
        if rows is None and self.capacity is None:
            raise Refused("InvalidFields")
        with self.all_or_nothing():
            self.drop_seat_map()
            self.set_capacity(rows * per_row if rows is not None else self.capacity)
            self.per_row = per_row
            self.seat_holders([])
            self.promote(self.waitlist())

    def remove_seat_map(self) -> None:
        if self.per_row is not None:
            with self.all_or_nothing():
                self.drop_seat_map()
                self.promote(self.waitlist())

    def drop_seat_map(self) -> None:
        self.release(self.expired())
        if self.per_row is not None and self.held():
            raise Refused("SeatsTaken")
        self.per_row = None

    def seat_holders(self, kept_free: list[int]) -> None:
        for party in self.parties:
            if party.status in HELD:
                party.seats = self.best(party.quantity, kept_free)

    def check_in(self, index: int, ticket: int) -> None:
        tickets = self.parties[index].tickets
        if self.status == "cancelled":
            raise Refused("EventCancelled")
        if tickets[ticket] != "valid":
            raise Refused({"void": "TicketVoid", "used": "AlreadyCheckedIn"}[tickets[ticket]])
        tickets[ticket] = "used"

    # Shared steps

    def expire_holds(self, due: list[Party]) -> None:
        """Release those of these holds that have expired, and promote from the waitlist."""
        head = self.head()
        self.release(due)
        self.promote(head)

    def release(self, due: list[Party]) -> None:
        for party in due:
            if party in self.expired():
                self.end(party, "expired")

    def promote(self, head: list[Party]) -> None:
        """Promote these parties, as far as they still wait and fit, in order."""
        if self.status != "open" or self.now >= self.deadline:
            return
        for party in [each for each in head if each.status == "waitlisted"]:
            if not self.fits(party.quantity):
                return
            party.number = None
            if party.channel != "register":
                party.amount = self.price * party.quantity
            self.admit(party, [], OFFER)

    def admit(self, party: Party, seats: list[int], held_for: timedelta) -> None:
        if self.per_row is not None:
            party.seats = seats or self.best(party.quantity)
        if party.amount > 0:
            party.status, party.until = "pending", min(self.now + held_for, self.start)
        else:
            self.confirm(party)

    def best(self, quantity: int, kept_free: Sequence[int] = ()) -> list[int]:
        """Return the first seats side by side in a row, or else the first free ones."""
        taken, capacity, per_row = {*self.owners(), *kept_free}, self.capacity or 0, self.per_row or 1
        for first in range(capacity - quantity + 1):
            seats = list(range(first, first + quantity))
            if first // per_row == seats[-1] // per_row and not set(seats) & taken:
                return seats
        return [seat for seat in range(capacity) if seat not in taken][:quantity]

    def confirm(self, party: Party) -> None:
        party.status, party.until = "confirmed", None
        party.tickets = ["valid"] * party.quantity

    def end(self, party: Party, status: str) -> None:
        if party.status == "confirmed":
            for payment in self.payments:
                if payment.status == "captured" and self.parties[payment.party] is party:
                    payment.status, payment.touched = "refund_due", self.now
        party.status, party.number, party.until, party.seats = status, None, None, []
        party.tickets = ["void"] * len(party.tickets)
