"""Who is coming: the bookings of an event with their holders. And whose the registrations of visitors are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.booking.errors import BookingNotFound, TicketNotFound
from core.booking.model import Holder
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingFilter, BookingView
from core.booking.reading import ListEventBookings, ListVisitors
from core.shared.access import Principal, Role
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden
from core.shared.ids import EventId, UserId
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import a_person, a_user

EVERYBODY = PageRequest(limit=100)


async def add_user(office: BoxOffice, name: str, email: str, role: Role = Role.USER) -> Principal:
    user = a_user(email, name=name, role=role)
    async with office.store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user.principal


async def verify(office: BoxOffice, user_id: UserId) -> None:
    async with office.store.accounts() as uow:
        await uow.users.save(replace(await uow.users.get_for_update(user_id), email_verified=True))
        await uow.commit()


async def attendees(
    office: BoxOffice, event_id: EventId, by: Principal = ADMIN, page: PageRequest = EVERYBODY, **wanted: Any
) -> list[BookingView]:
    listing = ListEventBookings(office.store.booking, office.store.clock)
    return list((await listing(event_id, BookingFilter(**wanted), page, by=by)).items)


async def test_the_organizer_sees_who_has_the_bookings_of_an_event(office: BoxOffice) -> None:
    otto = await add_user(office, "Otto", "otto@example.com", Role.ORGANIZER)
    zoe = await add_user(office, "Zoë Müller", "zoe@example.com")
    event_id = await office.open(organizer_id=otto.user_id)
    await office.book(await office.open(), zoe)
    await office.book(event_id, zoe, 2)
    await office.register(event_id, full_name="Grace Hopper", email="grace@example.org")
    everybody = await attendees(office, event_id, otto)
    assert [each.holder for each in everybody] == [
        Holder("Grace Hopper", "grace@example.org"),
        Holder("Zoë Müller", "zoe@example.com"),
    ]
    assert [len(each.tickets) for each in everybody] == [1, 2]
    for text in ("zoe m", "MÜLL", "@example.com", "ü"):
        assert [each.holder for each in await attendees(office, event_id, text=text)] == [everybody[1].holder]
    for text in ("grace@", "HOPPER", " hopper\u00a0", "pp"):
        assert [each.holder for each in await attendees(office, event_id, text=text)] == [everybody[0].holder]
    assert await attendees(office, event_id, text="%") == []


async def test_attendees_are_filtered_by_status_and_by_check_in_and_come_in_pages(office: BoxOffice) -> None:
    event_id = await office.open(capacity=3)
    ada, bob, cleo = await office.people(3)
    booked = [await office.book(event_id, person) for person in (ada, bob)]
    await office.book(event_id, cleo, 2)
    await office.check_in(event_id, by=ADMIN, code=booked[0].tickets[0].code)

    async def owners(**wanted: Any) -> list[UserId | None]:
        return [each.owner_id for each in await attendees(office, event_id, **wanted)]

    assert await owners(checked_in=True) == [ada.user_id]
    assert await owners(checked_in=False) == [cleo.user_id, bob.user_id]
    assert await owners(checked_in=False, status=booked[0].booking.status) == [bob.user_id]
    listing = ListEventBookings(office.store.booking, office.store.clock)
    first = await listing(event_id, BookingFilter(), PageRequest(limit=2), by=ADMIN)
    rest = await listing(event_id, BookingFilter(), PageRequest(limit=2, cursor=first.next_cursor), by=ADMIN)
    assert [each.owner_id for each in (*first.items, *rest.items)] == [cleo.user_id, bob.user_id, ada.user_id]
    assert (first.total, rest.next_cursor) == (3, None)


async def test_nobody_but_the_organizer_of_that_event_and_admins_sees_its_attendees(office: BoxOffice) -> None:
    event_id = await office.open(organizer_id=(await add_user(office, "Otto", "otto@example.com")).user_id)
    [ada] = await office.people(1)
    booking = await office.book(event_id, ada)
    for stranger in (a_person(), a_person(Role.ORGANIZER), ada):
        with pytest.raises(Forbidden):
            await attendees(office, event_id, stranger)
    with pytest.raises(BookingNotFound):
        await office.read(booking.booking.id, by=a_person(Role.ORGANIZER))
    assert (await office.read(booking.booking.id, by=ada)).holder is None


async def test_an_organizer_reads_and_cancels_a_booking_of_their_event_which_is_audited(office: BoxOffice) -> None:
    otto = await add_user(office, "Otto", "otto@example.com", Role.ORGANIZER)
    event_id = await office.open(organizer_id=otto.user_id, price=Decimal("12.50"))
    ada, bob = await office.people(2)
    booking = (await office.book(event_id, ada, payment_token="tok_approve")).booking
    own = (await office.book(event_id, bob)).booking
    assert (await office.read(booking.id, by=otto)).holder is not None
    office.store.clock.move((await office.event(event_id)).start_time - office.store.clock.now())
    cancelled = await office.cancel(booking.id, by=otto)
    assert cancelled.payment is not None
    assert cancelled.payment.status is PaymentStatus.REFUND_DUE
    await office.settle()
    payment = (await office.stored(booking.id)).payment
    assert payment is not None
    assert (payment.status, payment.refunded) == (PaymentStatus.REFUNDED, Decimal("12.50"))
    async with office.store.booking() as uow:
        entries = await uow.audit.search(AuditFilter(action="booking.cancelled"), PageRequest())
    assert [(each.actor_id, each.target) for each in entries.items] == [(otto.user_id, booking.id)]
    assert own.user_id == bob.user_id


async def test_cancelling_ones_own_booking_is_not_audited(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    await office.cancel((await office.book(await office.open(), ada)).booking.id, by=ada)
    async with office.store.booking() as uow:
        assert not (await uow.audit.search(AuditFilter(), PageRequest())).items


async def test_who_cancels_a_cancelled_booking_again_is_not_audited_for_it(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    booking = (await office.book(await office.open(), ada)).booking
    for person in (ada, ADMIN):
        await office.cancel(booking.id, by=person)
    async with office.store.booking() as uow:
        assert not (await uow.audit.search(AuditFilter(), PageRequest())).items


async def test_a_check_in_says_whose_ticket_it_is(office: BoxOffice) -> None:
    event_id = await office.open()
    visitor = await office.register(event_id, full_name="Grace Hopper", email="grace@example.org")
    checked_in = await office.check_in(event_id, by=ADMIN, code=visitor.tickets[0].code)
    assert checked_in.holder == Holder("Grace Hopper", "grace@example.org")


async def test_admins_list_visitors_by_event_and_address(office: BoxOffice) -> None:
    first, second = await office.open(), await office.open()
    [ada] = await office.people(1)
    await office.book(first, ada)
    await office.register(first, full_name="Grace", email="grace@example.org")
    await office.register(second, full_name="Grace", email="grace@example.org")
    await office.register(second, full_name="Hedy", email="hedy@example.org")
    listing = ListVisitors(office.store.booking, office.store.clock)

    async def names(**wanted: Any) -> list[str]:
        found = (await listing(EVERYBODY, by=ADMIN, **wanted)).items
        return [each.booking.visitor.full_name for each in found if each.booking.visitor]

    assert await names() == ["Hedy", "Grace", "Grace"]
    assert await names(event_id=second) == ["Hedy", "Grace"]
    assert await names(email=" Grace@Example.org") == ["Grace", "Grace"]
    with pytest.raises(Forbidden):
        await listing(EVERYBODY, by=a_person(Role.ORGANIZER))


async def test_registrations_belong_to_the_account_that_verifies_their_address(office: BoxOffice) -> None:
    event_id = await office.open()
    registered = await office.register(event_id, full_name="Grace", email="grace@example.com")
    grace = await add_user(office, "Grace", "grace@example.com")
    [ticket] = registered.tickets
    assert not (await office.my_bookings(EVERYBODY, by=grace)).items
    with pytest.raises(BookingNotFound):
        await office.read(registered.booking.id, by=grace)
    with pytest.raises(TicketNotFound):
        await office.read_ticket(ticket.id, by=grace)
    await verify(office, grace.user_id)
    own = await office.book(await office.open(), grace)
    later = await office.register(await office.open(), full_name="Grace", email="grace@example.com")
    mine = (await office.my_bookings(EVERYBODY, by=grace)).items
    assert [each.booking.id for each in mine] == [each.booking.id for each in (later, own, registered)]
    assert [each.ticket.id for each in (await office.my_tickets(EVERYBODY, by=grace)).items][-1] == ticket.id
    assert (await office.read_ticket(ticket.id, by=grace)).ticket == ticket
    assert (await office.cancel(registered.booking.id, by=grace)).booking.status == "cancelled"
