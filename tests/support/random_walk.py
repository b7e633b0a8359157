"""Everything that may happen to an event, as steps of a walk."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from adapters.payments.simulated import APPROVE, DECLINE, INSUFFICIENT, SLOW, TIMEOUT, TIMEOUT_LOST
from core.booking.ports import PlacedBooking
from core.catalog.model import EventStatus
from core.shared.access import Principal
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN as BOSS
from tests.support.builders import NOW, TOMORROW
from tests.support.plain_model import ADMIN, HELD, PlainModel
from tests.support.twin_walk import TwinWalk, answer, outcomes_of

PEOPLE = 6
TOKENS = [APPROVE, APPROVE, SLOW, DECLINE, INSUFFICIENT, TIMEOUT, TIMEOUT, TIMEOUT_LOST, TIMEOUT_LOST]
FREE, PRICED = Decimal("0.00"), Decimal("12.50")
CAPACITIES = [1, 2, 3, 4, 6, 6, 8, 12, None]
LABELS = [f"{row}-{column}" for row in "ABC" for column in range(1, 5)]
EMAILS = ["vera@example.com", "Vera@Example.com", "walt@example.com", "xan@example.com"]
MOMENT = timedelta(seconds=1)

whos, waits, seats = st.integers(0, PEOPLE - 1), st.sampled_from([True, True, True, False]), st.sampled_from(LABELS)
quantities = st.sampled_from([1, 1, 1, 2, 2, 3, 4, 9])
bys = st.sampled_from(["owner", "owner", "owner", "owner", ADMIN, 0])
tokens, indexes = st.sampled_from(TOKENS), st.integers(0, 60)
capacities, prices = st.sampled_from(CAPACITIES), st.sampled_from([FREE, PRICED, PRICED])
requests = st.tuples(whos, st.sampled_from("abc"), waits, quantities)


class Walk(TwinWalk):
    """Steps that request places, then payments, time, and the organizer's steps."""

    @initialize(
        capacity=capacities,
        price=prices,
        has_seats=st.booleans(),
        first=st.lists(requests, min_size=3, max_size=8),
        tokens=st.lists(tokens, max_size=3),
    )
    def open(
        self,
        capacity: int | None,
        price: Decimal,
        has_seats: bool,
        first: list[tuple[int, str, bool, int]],
        tokens: list[str],
    ) -> None:
        """Open an event with its first bookings; some of them are paid."""
        self.steps = self.steps_closed = 0
        deadline = TOMORROW - timedelta(hours=1)
        self.model = PlainModel(NOW, TOMORROW, deadline, capacity, price, self.world.at_once)
        opened = self.office.open(capacity=capacity, price=price, registration_deadline=deadline)
        self.event_id = self.world.run(opened)
        if has_seats and capacity is not None:
            self.create_seat_map(None, 4)
        self.book_together(first)
        for index, token in enumerate(tokens[: len(self.ids)]):
            self.pay(index, token, "owner")

    def pass_time(self, by: timedelta = MOMENT) -> None:
        """No two steps happen at the same moment. A closed event is reopened soon, so that later steps work."""
        super().pass_time(by)
        self.steps += 1
        is_closed = self.model.status in {"closed", "inactive"} or self.model.now >= self.model.deadline
        self.steps_closed = self.steps_closed + 1 if is_closed else 0
        if self.steps_closed > 4 and self.model.status != "cancelled":
            self.steps_closed = 0
            self.change_status_or_start("open")
            self.change_status_or_start("tomorrow")

    # Requests for places

    def place(self, who: int, key: str, wait: bool, **wanted: Any) -> Awaitable[PlacedBooking]:
        return self.office.place(self.event_id, by=self.people[who], key=key, waitlist=wait, **wanted)

    def record(self, index: int | None, placed: PlacedBooking | None) -> None:
        if index is None or placed is None:
            return
        assert placed.replayed == (index < len(self.ids))
        if not placed.replayed:
            self.ids.append(placed.view.booking.id)
        assert placed.view.booking.id == self.ids[index]

    @rule(who=whos, wait=waits, quantity=quantities)
    def book(self, who: int, wait: bool, quantity: int) -> None:
        self.pass_time()
        key = f"{self.steps}"
        call = self.place(who, key, wait, quantity=quantity)
        self.record(*self.both(lambda: self.model.book(who, key, wait, quantity, []), call))

    @rule(asked=st.lists(requests, min_size=2, max_size=6))
    def book_together(self, asked: list[tuple[int, str, bool, int]]) -> None:
        """Requests that arrive together, in this order, and are placed in one batch if `together`; some share a key."""
        self.pass_time()
        asked = [(who, f"{self.steps}-{key}", wait, quantity) for who, key, wait, quantity in asked]
        calls = [self.place(who, key, wait, quantity=quantity) for who, key, wait, quantity in asked]
        outcomes = self.world.run(outcomes_of(calls, self.world.together))
        for (who, key, wait, quantity), outcome in zip(asked, outcomes, strict=True):
            step = partial(self.model.book, who, key, wait, quantity, [])
            self.record(*self.both(step, answer(outcome)))

    @rule(who=whos, wait=waits, labels=st.lists(seats, min_size=1, max_size=3, unique=True), by_id=st.booleans())
    def book_seats(self, who: int, wait: bool, labels: list[str], by_id: bool) -> None:
        self.pass_time()
        key = f"{self.steps}"
        ids = {seat.position.label: seat.id for seat in self.world.run(self.office.seats(self.event_id, viewer=BOSS))}
        named = [(ids.get(label, label) if by_id else label, label) for label in labels]
        call = self.place(who, key, wait, seat_ids=[name.lower() for name, _ in named])
        self.record(*self.both(lambda: self.model.book(who, key, wait, 0, named), call))

    @precondition(lambda self: self.model.keys)
    @rule(index=indexes, same=st.booleans())
    def use_a_key_again(self, index: int, same: bool) -> None:
        self.pass_time()
        used = list(self.model.keys)
        who, key = used[index % len(used)]
        (quantity, names, wait), _ = self.model.keys[who, key]
        wait = wait is same
        call = self.place(who, key, wait, **({"seat_ids": names} if names else {"quantity": quantity}))
        named = [(name, name) for name in names]
        self.record(*self.both(lambda: self.model.book(who, key, wait, quantity, named), call))

    @rule(email=st.sampled_from(EMAILS))
    def register(self, email: str) -> None:
        self.pass_time()
        call = self.office.register(self.event_id, full_name="Vera", email=email)
        _, view = self.both(lambda: self.model.register(email), call)
        if view is not None:
            self.ids.append(view.booking.id)

    @rule(who=whos, token=tokens)
    def purchase(self, who: int, token: str) -> None:
        self.pass_time()
        call = self.office.purchase(self.event_id, by=self.people[who], token=token)
        self.both(lambda: self.model.purchase(who, token), call)
        if len(self.model.parties) > len(self.ids):  # a purchase whose payment was refused is a booking, too
            newest = self.world.run(self.office.my_bookings(PageRequest(limit=1), by=self.people[who]))
            self.ids.append(newest.items[0].booking.id)

    # Paying and cancelling

    def someone(self, index: int, by: object) -> tuple[int, object, Principal]:
        """Return a party and the person who acts: its owner, the admin, or somebody else."""
        index %= len(self.ids)
        who = self.model.parties[index].who if by == "owner" else by
        # A visitor has no account to act with; an admin acts for them.
        return (index, who, self.people[who]) if isinstance(who, int) else (index, ADMIN, BOSS)

    @precondition(lambda self: any(party.status == "pending" for party in self.model.parties))
    @rule(index=indexes, token=tokens)
    def pay_a_hold(self, index: int, token: str) -> None:
        held = [each for each, party in enumerate(self.model.parties) if party.status == "pending"]
        self.pay(held[index % len(held)], token, "owner")

    @precondition(lambda self: self.ids)
    @rule(index=indexes, token=tokens, by=bys)
    def pay(self, index: int, token: str, by: object) -> None:
        self.pass_time()
        index, who, person = self.someone(index, by)
        self.both(lambda: self.model.pay(index, token, who), self.office.pay(self.ids[index], by=person, token=token))

    @precondition(lambda self: self.model.held())
    @rule(index=indexes)
    def cancel_a_holder(self, index: int) -> None:
        holding = [each for each, party in enumerate(self.model.parties) if party.status in HELD]
        self.cancel(holding[index % len(holding)], "owner")

    @precondition(lambda self: self.ids)
    @rule(index=indexes, by=bys)
    def cancel(self, index: int, by: object) -> None:
        self.pass_time()
        index, who, person = self.someone(index, by)
        self.both(lambda: self.model.cancel(index, who), self.office.cancel(self.ids[index], by=person))

    @precondition(lambda self: any(party.tickets for party in self.model.parties))
    @rule(index=indexes, ticket=indexes)
    def check_in(self, index: int, ticket: int) -> None:
        self.pass_time()
        admitted = [each for each, party in enumerate(self.model.parties) if party.tickets]
        index = admitted[index % len(admitted)]
        [view] = self.world.views(self.office, [self.ids[index]])
        ticket %= len(view.tickets)
        call = self.office.check_in(self.event_id, by=BOSS, code=view.tickets[ticket].code)
        self.both(lambda: self.model.check_in(index, ticket), call)

    # Time and workers

    @rule(minutes=st.sampled_from([1, 9, 10, 30]))
    def wait(self, minutes: int) -> None:
        self.pass_time(timedelta(minutes=minutes))

    @rule(what=st.sampled_from(["expire", "close", "settle", "settle"]))
    def work(self, what: str) -> None:
        """Run a task of the worker."""
        self.pass_time()
        if what == "expire":
            found, done = self.both(self.model.expire, self.office.expire())
        elif what == "close":
            found, done = self.both(self.model.close_waitlist, self.office.close_waitlists())
        else:
            found, done = self.both(self.model.settle, self.office.settle())
        assert found == done

    # The organizer

    @rule(capacity=capacities)
    def resize(self, capacity: int | None) -> None:
        self.pass_time()
        self.both(lambda: self.model.resize(capacity), self.office.change(self.event_id, capacity=capacity))

    @rule(plan=st.one_of(prices, st.tuples(st.sampled_from([None, None, 1, 2, 3]), st.sampled_from([3, 4])), st.none()))
    def plan(self, plan: Decimal | tuple[int | None, int] | None) -> None:
        """Change the price, or create or remove a seat map."""
        self.pass_time()
        if plan is None:
            self.both(self.model.remove_seat_map, self.office.remove_seats(self.event_id, by=BOSS))
        elif isinstance(plan, tuple):
            self.create_seat_map(*plan)
        else:
            self.both(lambda: self.model.edit(price=plan), self.office.change(self.event_id, price=plan))

    def create_seat_map(self, rows: int | None, per_row: int) -> None:
        seats = None if rows is None else rows * per_row
        call = self.office.generate_seats(self.event_id, by=BOSS, rows=rows, per_row=per_row, capacity=seats)
        self.both(lambda: self.model.create_seat_map(rows, per_row), call)

    @rule(change=st.sampled_from(["open", "closed", "closed", "inactive", "tomorrow", "soon", "at once"]))
    def change_status_or_start(self, change: str) -> None:
        """Open or close the event, or move its start: to tomorrow, to soon after the deadline, or to the next step."""
        self.pass_time()
        hours = {"tomorrow": timedelta(days=1), "soon": timedelta(minutes=30), "at once": MOMENT}
        if change not in hours:
            call = self.office.change(self.event_id, status=EventStatus(change))
            self.both(lambda: self.model.edit(status=change), call)
            return
        start = self.model.now + hours[change]
        deadline = start - timedelta(hours=1)
        call = self.office.change(self.event_id, start_time=start, registration_deadline=deadline)
        self.both(lambda: self.model.edit(start=start, deadline=deadline), call)

    @precondition(lambda self: self.steps > 15)
    @rule(really=st.sampled_from([False, False, True]))
    def cancel_the_event(self, really: bool) -> None:
        """Cancel the event, but rarely, since few steps are possible afterwards."""
        self.pass_time()
        if really:
            self.both(self.model.cancel_event, self.office.cancel_event(self.event_id, by=BOSS))
