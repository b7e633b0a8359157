"""Deleting an account, on every store: the person is gone, and the books are as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.accounts.errors import LastAdmin, UserNotFound, WrongPassword
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter
from core.notifications.ports import NotificationFilter
from core.personal_data.errors import HasUpcomingBookings, HasUpcomingEvents
from core.shared.access import Role
from core.shared.errors import Stale
from core.shared.paging import PageRequest
from core.shared.versions import Version
from tests.support.accounts_app import PASSWORD
from tests.support.box_office import ADMIN
from tests.support.builders import TOMORROW, a_session
from tests.support.personal_data import EMAIL, PRICE, TRACES, PersonalDataApp, live_a_full_life, personal_data_app
from tests.support.refusals import refused
from tests.support.stores import Store


@pytest.fixture
def app(store: Store) -> PersonalDataApp:
    return personal_data_app(store)


async def test_nothing_about_the_person_is_left_but_the_last_email(app: PersonalDataApp) -> None:
    life = await live_a_full_life(app)
    before = await app.store.dump()
    assert [trace for trace in TRACES if trace not in before] == []
    await app.delete(by=life.grace.principal, current_password=PASSWORD)
    async with app.store.notifications() as uow:
        [farewell] = (await uow.notifications.search(NotificationFilter(topic="account.deleted"), PageRequest())).items
        assert (farewell.message.email, farewell.message.user_id) == (EMAIL, None)
        assert await uow.notifications.delete_sent(app.store.clock.now() + timedelta(seconds=1)) == 1
        await uow.commit()
    after = await app.store.dump()
    assert [trace for trace in TRACES if trace in after] == []
    assert "Otto" in after


async def test_bookings_payments_and_counts_stay_without_the_person(app: PersonalDataApp) -> None:
    life = await live_a_full_life(app)
    office = app.office
    booked = (life.free, life.paid, life.registered)
    before = [await office.stored(view.booking.id) for view in booked]
    counts = [await office.counts(view.booking.event_id) for view in booked]
    await app.delete(by=life.grace.principal, current_password=PASSWORD)
    after = [await office.stored(view.booking.id) for view in booked]
    assert [await office.counts(view.booking.event_id) for view in booked] == counts
    assert await office.charged_total() == PRICE
    for old, new in zip(before, after, strict=True):
        assert (new.booking.user_id, new.booking.visitor, new.owner_id) == (None, None, None)
        assert (new.booking.status, new.booking.quantity) == (BookingStatus.CONFIRMED, old.booking.quantity)
        assert (new.tickets, new.payment, new.booking.updated_at) == (old.tickets, old.payment, old.booking.updated_at)
    async with app.store.booking() as uow:
        assert await uow.bookings.holders([view.booking.id for view in booked]) == {}
        everything = await uow.bookings.search(BookingFilter(), PageRequest(), app.store.clock.now())
    assert everything.total == 5


async def test_an_event_of_the_past_stays_and_admins_manage_it(app: PersonalDataApp) -> None:
    life = await live_a_full_life(app)
    await app.delete(by=life.grace.principal, current_password=PASSWORD)
    assert (await app.office.event(life.own_event.id)).organizer_id is None


async def test_what_an_organizers_webhook_got_stays_without_the_person(app: PersonalDataApp) -> None:
    life = await live_a_full_life(app)
    async with app.store.webhooks() as uow:
        before = (await uow.deliveries.search(life.otto_webhook.id, PageRequest())).items
    await app.delete(by=life.grace.principal, current_password=PASSWORD)
    async with app.store.webhooks() as uow:
        after = (await uow.deliveries.search(life.otto_webhook.id, PageRequest())).items
    assert len(after) == len(before) > 0
    for old, new in zip(before, after, strict=True):
        nobody = {"holder": None, "user_id": None, "visitor": None}
        assert new.payload == {**old.payload, "booking": old.payload["booking"] | nobody}


async def test_tokens_of_the_deleted_account_are_revoked_and_its_sessions_unknown(app: PersonalDataApp) -> None:
    ada = await app.accounts.user()
    session = a_session(ada.id)
    await app.accounts.sessions(session)
    await app.delete(by=ada.principal, current_password=PASSWORD)
    assert await app.store.revocations.contains(session.id)
    async with app.store.accounts() as uow:
        assert await uow.sessions.get_for_update(session.id) is None
        await refused(uow.users.get(ada.id), UserNotFound)
    app.store.clock.move(timedelta(days=31))
    async with app.store.accounts() as uow:
        assert await uow.sessions.remove_expired(app.store.clock.now()) <= 1
        await uow.commit()


async def test_the_address_can_sign_up_again(app: PersonalDataApp) -> None:
    ada = await app.accounts.user()
    await app.delete(by=ada.principal, current_password=PASSWORD)
    again = await app.accounts.user(ada.email)
    assert (await app.download(by=again.principal)).bookings == []


async def test_the_password_is_needed_and_a_wrong_one_is_audited(app: PersonalDataApp) -> None:
    ada = await app.accounts.user()
    await refused(app.delete(by=ada.principal, current_password="a guess"), WrongPassword)
    [entry] = await app.accounts.written("password.wrong")
    assert entry.target == ada.id
    await refused(app.delete(by=ada.principal, current_password=PASSWORD, expected=frozenset({Version("old")})), Stale)
    await app.delete(by=ada.principal, current_password=PASSWORD, expected=frozenset({ada.version}))
    [deleted] = await app.accounts.written("user.deleted")
    assert (deleted.actor_id, deleted.target, deleted.facts) == (ada.id, ada.id, {})


async def test_the_last_admin_can_not_leave(app: PersonalDataApp) -> None:
    ada = await app.accounts.user(role=Role.ADMIN)
    await refused(app.delete(by=ada.principal, current_password=PASSWORD), LastAdmin)
    await app.accounts.user("bob@example.com", role=Role.ADMIN)
    await app.delete(by=ada.principal, current_password=PASSWORD)


async def test_bookings_to_come_are_cancelled_first(app: PersonalDataApp) -> None:
    ada = await app.accounts.user(email_verified=True)
    office = app.office
    full = await office.open(capacity=1, start_time=TOMORROW + timedelta(hours=1))
    [bob] = await office.people(1)
    await office.book(full, bob)
    waiting = await office.book(full, ada.principal)
    confirmed = await office.book(await office.open(), ada.principal)
    registered = await office.register(await office.open(), full_name="Ada", email=ada.email)
    expired = await office.book(await office.open(price=PRICE), ada.principal)
    app.store.clock.move(timedelta(minutes=11))  # no worker has released the hold
    booked = {view.booking.id for view in (waiting, confirmed, registered)}
    found = await app.list_commitments(by=ada.principal)
    assert ({view.booking.id for view in found.bookings}, found.events) == (booked, [])
    assert found.bookings[-1].booking.id == waiting.booking.id
    refusal = await refused(app.delete(by=ada.principal, current_password=PASSWORD), HasUpcomingBookings)
    assert refusal.facts["bookings"] == [str(view.booking.id) for view in found.bookings]
    for booking_id in booked:
        await office.cancel(booking_id, by=ada.principal)
    await app.delete(by=ada.principal, current_password=PASSWORD)
    assert await office.expire() == 1
    assert await office.status(expired) is BookingStatus.EXPIRED
    while await office.notify():
        pass


async def test_an_event_that_people_may_come_to_keeps_its_organizer(app: PersonalDataApp) -> None:
    otto = await app.accounts.user(role=Role.ORGANIZER)
    ahead = await app.office.open(organizer_id=otto.id)
    cancelled = await app.office.open(organizer_id=otto.id)
    await app.office.cancel_event(cancelled, by=ADMIN)
    refusal = await refused(app.delete(by=otto.principal, current_password=PASSWORD), HasUpcomingEvents)
    assert refusal.facts["events"] == [str(ahead)]
    app.store.clock.move(timedelta(days=2))
    await app.delete(by=otto.principal, current_password=PASSWORD)
    assert (await app.office.event(cancelled)).organizer_id is None
