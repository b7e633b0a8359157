"""A walk on two sides: the platform and the plain model take every step, and must come to the same."""

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
from tests.support.plain_model import PlainModel, Refused

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class World:
    """Where a walk takes place: `begin` gives a new office and its people, `end` looks over what was left."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    begin: Callable[[], tuple[BoxOffice, list[Principal]]]
    views: Callable[[BoxOffice, list[BookingId]], list[BookingView]]
    end: Callable[[BoxOffice], None]


class TwinWalk(RuleBasedStateMachine):
    """What both sides have come to: the books of the model, and an event of the office."""

    world: ClassVar[World]
    inventory: PlainModel
    event_id: EventId

    def __init__(self) -> None:
        super().__init__()
        self.office, self.people = self.world.begin()
        self.ids: list[BookingId] = []
        """Of the model's parties, in the same order."""

    def teardown(self) -> None:
        self.world.end(self.office)

    def both(self, step: Callable[[], T], call: Awaitable[U]) -> tuple[T | None, U | None]:
        """What a step comes to in the model and on the platform, None where both refuse it."""
        outcome: U | Refusal = self.world.run(settled(call))
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
        """Nothing happens at the same moment as something else, so that there is one order to go by."""
        self.office.store.clock.move(by)
        self.inventory.now += by

    @invariant()
    def the_bookings_are_the_same(self) -> None:
        views = self.world.views(self.office, self.ids)
        labels, line = self.inventory.labels(), self.inventory.line()
        positions = {id(party): place for place, party in enumerate(line, start=1)}
        for party, view in zip(self.inventory.parties, views, strict=True):
            assert shown(view) == (
                (party.status, party.quantity, party.channel, party.amount),
                (party.number, positions.get(id(party)), party.until, party.paying),
                tuple(labels[seat] for seat in party.seats),
                party.tickets,
            )

    @invariant()
    def the_event_is_the_same(self) -> None:
        inventory = self.inventory
        event = self.world.run(self.office.event(self.event_id))
        booked = inventory.held() - sum(party.quantity for party in inventory.due())
        assert (event.capacity, event.booked_count, event.waitlist_count, event.status, event.seats_per_row) == (
            (inventory.capacity, booked, len(inventory.line()), inventory.status, inventory.per_row)
        )
        seats = self.world.run(self.office.seats(self.event_id, viewer=BOSS))
        owner = {None: None} | {booking_id: index for index, booking_id in enumerate(self.ids)}
        assert [(seat.label, owner[seat.booking_id], state) for seat, state in seats] == inventory.seat_states()

    @invariant()
    def the_money_is_the_same(self) -> None:
        entries = self.world.run(self.office.gateway.ledger.entries())
        charged = [each for each in self.inventory.payments if each.charge is not None]
        assert sorted((e.outcome, e.amount, e.refunded) for e in entries if e.outcome is not Charge.UNKNOWN) == sorted(
            (each.charge, each.amount, each.refunded) for each in charged if each.charge != "unknown"
        )
        captured, unsettled = self.world.run(payments_of(self.office, self.ids))
        assert captured == {
            self.ids[each.party]: each.amount for each in self.inventory.payments if each.status == "captured"
        }
        assert sorted(unsettled) == sorted(
            (each.status, each.amount) for each in self.inventory.payments if each.status in {"open", "refund_due"}
        )


def shown(view: BookingView) -> tuple[object, ...]:
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
    """What is captured for each booking, and what is not settled yet."""
    async with office.store.booking() as uow:
        captured = {booking_id: await uow.payments.captured_for_update(booking_id) for booking_id in ids}
        unsettled = await uow.payments.unsettled(office.store.clock.now(), 1000)
    paid = {booking_id: payment.amount for booking_id, payment in captured.items() if payment is not None}
    return paid, [(payment.status.value, payment.amount) for payment in unsettled]


async def settled(call: Awaitable[T]) -> T | Refusal:
    try:
        return await call
    except Refusal as refusal:
        return refusal


async def all_settled(calls: Sequence[Awaitable[T]]) -> list[T | Refusal]:
    return await asyncio.gather(*map(settled, calls))


async def answered(outcome: T | Refusal) -> T:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome
