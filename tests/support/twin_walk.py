"""A random walk: the platform and the plain model take the same steps, and must agree after each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.booking.payment import Charge
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.errors import Refusal
from core.shared.ids import BookingId, EventId
from tests.support.box_office import ADMIN as BOSS
from tests.support.box_office import BoxOffice
from tests.support.plain_model import PlainModel
from tests.support.plain_records import Refused

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class World:
    """The store of a walk: `begin` returns a new office and its users, `end` checks the stored data.

    `at_once` is how many holds and parties a step releases and promotes; a batch is one step, so requests that arrive
    together must not be `together` when it is small.
    """

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    begin: Callable[[], tuple[BoxOffice, list[Principal]]]
    views: Callable[[BoxOffice, list[BookingId]], list[BookingView]]
    end: Callable[[BoxOffice], None]
    at_once: int
    together: bool


class TwinWalk(RuleBasedStateMachine):
    """The plain model, and the event of the office that it is compared with."""

    world: ClassVar[World]
    model: PlainModel
    event_id: EventId

    def __init__(self) -> None:
        super().__init__()
        self.office, self.people = self.world.begin()
        self.ids: list[BookingId] = []
        """The bookings of the model's parties, in the same order."""

    def teardown(self) -> None:
        self.world.end(self.office)

    def both(self, step: Callable[[], T], call: Awaitable[U]) -> tuple[T | None, U | None]:
        """Take a step in the model and on the platform, and return both results, or None when both refuse it."""
        outcome: U | Refusal = self.world.run(outcome_of(call))
        try:
            expected = step()
        except Refused as no:
            refusal = str(no)
        else:
            assert not isinstance(outcome, Refusal), f"refused: {outcome!r}"
            return expected, outcome
        assert type(outcome).__name__ == refusal
        return None, None

    def pass_time(self, by: timedelta = timedelta(seconds=1)) -> None:
        """No two steps happen at the same moment, so that their order is certain."""
        self.office.store.clock.move(by)
        self.model.now += by

    @invariant()
    def the_bookings_are_the_same(self) -> None:
        views = self.world.views(self.office, self.ids)
        labels, waitlist = self.model.labels(), self.model.waitlist()
        positions = {id(party): position for position, party in enumerate(waitlist, start=1)}
        for party, view in zip(self.model.parties, views, strict=True):
            assert state_of(view) == (
                (party.status, party.quantity, party.channel, party.amount),
                (party.number, positions.get(id(party)), party.until, party.paying),
                tuple(labels[seat] for seat in party.seats),
                party.tickets,
            )

    @invariant()
    def the_event_is_the_same(self) -> None:
        model = self.model
        event = self.world.run(self.office.event(self.event_id))
        booked = model.held() - sum(party.quantity for party in model.expired())
        assert (event.capacity, event.booked_count, event.waitlist_count, event.status, event.seats_per_row) == (
            (model.capacity, booked, len(model.waitlist()), model.status, model.per_row)
        )
        seats = self.world.run(self.office.seats(self.event_id, viewer=BOSS))
        assert [(seat.position.label, seat.status) for seat in seats] == model.seat_states()

    @invariant()
    def the_money_is_the_same(self) -> None:
        entries = self.world.run(self.office.gateway.ledger.entries())
        charged = [each for each in self.model.payments if each.charge is not None]
        assert sorted((e.outcome, e.amount, e.refunded) for e in entries if e.outcome is not Charge.UNKNOWN) == sorted(
            (each.charge, each.amount, each.refunded) for each in charged if each.charge != "unknown"
        )
        captured, unsettled = self.world.run(payments_of(self.office, self.ids))
        assert captured == {
            self.ids[each.party]: each.amount for each in self.model.payments if each.status == "captured"
        }
        assert sorted(unsettled) == sorted(
            (each.status, each.amount) for each in self.model.payments if each.status in {"open", "refund_due"}
        )


def state_of(view: BookingView) -> tuple[object, ...]:
    booking = view.booking
    return (
        (booking.status, booking.quantity, booking.channel, booking.amount),
        (booking.waitlist_number, view.position, booking.expires_at, booking.paying),
        booking.seats,
        [ticket.status for ticket in view.tickets],
    )


async def payments_of(
    office: BoxOffice, ids: list[BookingId]
) -> tuple[dict[BookingId, Decimal], list[tuple[str, Decimal]]]:
    """Return the captured amount of each booking, and the payments that are not settled yet."""
    async with office.store.booking() as uow:
        captured = {booking_id: await uow.payments.captured_for_update(booking_id) for booking_id in ids}
        unsettled = await uow.payments.unsettled(office.store.clock.now(), 1000)
    paid = {booking_id: payment.amount for booking_id, payment in captured.items() if payment is not None}
    return paid, [(payment.status.value, payment.amount) for payment in unsettled]


async def outcome_of(call: Awaitable[T]) -> T | Refusal:
    try:
        return await call
    except Refusal as refusal:
        return refusal


async def outcomes_of(calls: Sequence[Awaitable[T]], together: bool) -> list[T | Refusal]:
    if together:
        return await asyncio.gather(*map(outcome_of, calls))
    return [await outcome_of(call) for call in calls]


async def answer(outcome: T | Refusal) -> T:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome
