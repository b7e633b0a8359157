"""All use cases of booking on one store, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from adapters.payments.simulated import SimulatedGateway
from adapters.security.booking_links import JwtBookingLinks
from adapters.system.ids import TimeOrderedIds
from core.accounts.model import User
from core.booking.cancelling import CancelBooking, CancelEvent
from core.booking.checking_in import CheckIn, UndoCheckIn
from core.booking.expiring import CloseWaitlists, ExpireHolds
from core.booking.model import BookingStatus
from core.booking.notifying import NotifyBookers
from core.booking.paying import PayBooking, PurchaseTicket, SettlePayments
from core.booking.payment import Charge
from core.booking.payment_service import PaymentService
from core.booking.placing import PlaceBooking, RegisterVisitor
from core.booking.ports import BookingView
from core.booking.reading import ListMyBookings, ListMyTickets, ReadBooking, ReadTicket
from core.booking.seat_maps import GenerateSeats, ReadSeatMap, ReadSeats, RemoveSeats
from core.booking.seats import SeatMap, SeatView
from core.catalog.editing import DeleteEvent
from core.catalog.model import Event, EventFields, EventView
from core.event_editing.changing import ChangeEvent
from core.shared.access import Principal, Role
from core.shared.ids import BookingId, EventId
from tests.support.builders import a_person, a_user, an_event
from tests.support.stores import Store

ADMIN = a_person(Role.ADMIN)
BOOKING_LINKS = JwtBookingLinks(secret="a secret for tests that is long enough")


@dataclass(frozen=True, slots=True)
class BoxOffice:
    store: Store
    gateway: SimulatedGateway
    place: PlaceBooking
    register: RegisterVisitor
    purchase: PurchaseTicket
    pay: PayBooking
    cancel: CancelBooking
    cancel_event: CancelEvent
    expire: ExpireHolds
    close_waitlists: CloseWaitlists
    settle: SettlePayments
    notify: NotifyBookers
    generate_seats: GenerateSeats
    remove_seats: RemoveSeats
    read_seat_map: ReadSeatMap
    read_seats: ReadSeats
    check_in: CheckIn
    undo_check_in: UndoCheckIn
    read: ReadBooking
    my_bookings: ListMyBookings
    read_ticket: ReadTicket
    my_tickets: ListMyTickets
    change_event: ChangeEvent
    delete_event: DeleteEvent

    async def open(self, **values: Any) -> EventId:
        """Create an event."""
        event = an_event(**values)
        async with self.store.catalog() as uow:
            await uow.events.add(event)
            await uow.commit()
        return event.id

    async def people(self, count: int) -> list[Principal]:
        """Create this many users."""
        users: list[User] = [a_user(f"{a_person().user_id.hex}@example.com") for _ in range(count)]
        async with self.store.accounts() as uow:
            for user in users:
                await uow.users.add(user)
            await uow.commit()
        return [user.principal for user in users]

    async def book(self, event_id: EventId, by: Principal, quantity: int = 1, **more: Any) -> BookingView:
        """Book places, with a new idempotency key unless one is given."""
        key = more.pop("key", None) or TimeOrderedIds().new().hex
        return (await self.place(event_id, by=by, key=key, quantity=quantity, **more)).view

    async def book_seats(self, event_id: EventId, by: Principal, *seats: str, **more: Any) -> BookingView:
        key = TimeOrderedIds().new().hex
        return (await self.place(event_id, by=by, key=key, seat_ids=seats, **more)).view

    async def seats(self, event_id: EventId, viewer: Principal | None = None) -> list[SeatView]:
        """Return the seats of an event as they are shown."""
        seat_map = await self.read_seats(event_id, viewer=viewer)
        assert isinstance(seat_map, SeatMap)
        return list(seat_map.seats())

    async def seat_map(self, event_id: EventId) -> SeatMap:
        """Return the seat map of an event, without the ids of its seats."""
        seat_map = await self.read_seat_map(event_id, viewer=None)
        assert isinstance(seat_map, SeatMap)
        return seat_map

    async def change(self, event_id: EventId, **wanted: Any) -> EventView:
        fields: EventFields = {}
        fields.update(wanted)  # type: ignore[typeddict-item]
        return await self.change_event(event_id, by=ADMIN, wanted=fields)

    async def event(self, event_id: EventId) -> Event:
        async with self.store.catalog() as uow:
            return (await uow.events.view(event_id, self.store.clock.now())).event

    async def stored(self, booking_id: BookingId) -> BookingView:
        """Return a booking as it is stored now."""
        async with self.store.booking() as uow:
            return await uow.bookings.view(booking_id)

    async def status(self, view: BookingView) -> BookingStatus:
        """Return the status of a booking as it is stored now."""
        return (await self.stored(view.booking.id)).booking.status

    async def counts(self, event_id: EventId) -> tuple[int, int]:
        """Return the booked places of an event and the number of parties on its waitlist."""
        event = await self.event(event_id)
        return event.booked_count, event.waitlist_count

    async def charged_total(self) -> Decimal:
        """Return the amount that the gateway has charged and not refunded."""
        entries = await self.gateway.ledger.entries()
        return sum((e.amount for e in entries if e.outcome is Charge.APPROVED and not e.refunded), Decimal(0))


def box_office(store: Store) -> BoxOffice:
    ids = TimeOrderedIds()
    gateway = SimulatedGateway(store.ledger, slow=0.0)
    payments = PaymentService(store.booking, gateway, ids, store.new_context)
    return BoxOffice(
        store=store,
        gateway=gateway,
        place=PlaceBooking(store.batcher, payments, store.booking, ids),
        register=RegisterVisitor(store.batcher, ids),
        purchase=PurchaseTicket(store.batcher, payments, ids),
        pay=PayBooking(payments),
        cancel=CancelBooking(store.booking, store.new_context),
        cancel_event=CancelEvent(store.booking, store.new_context),
        expire=ExpireHolds(store.booking, store.new_context),
        close_waitlists=CloseWaitlists(store.booking, store.new_context),
        settle=SettlePayments(store.booking, gateway, store.new_context, patience=timedelta(minutes=1)),
        notify=NotifyBookers(store.booking, BOOKING_LINKS, ids, store.clock),
        generate_seats=GenerateSeats(store.booking, store.new_context),
        remove_seats=RemoveSeats(store.booking, store.new_context),
        read_seat_map=ReadSeatMap(store.booking, store.new_context),
        read_seats=ReadSeats(store.booking, store.new_context),
        check_in=CheckIn(store.booking, store.clock),
        undo_check_in=UndoCheckIn(store.booking, store.clock),
        read=ReadBooking(store.booking, store.new_context),
        my_bookings=ListMyBookings(store.booking, store.new_context),
        read_ticket=ReadTicket(store.booking),
        my_tickets=ListMyTickets(store.booking),
        change_event=ChangeEvent(store.event_editing, store.new_context),
        delete_event=DeleteEvent(store.catalog, store.clock),
    )
