"""Everything that is stored about a person can be read, on every store, and nothing of anybody else."""

from __future__ import annotations

import pytest

from core.accounts.links import LinkPurpose
from core.booking.payment import PaymentStatus
from tests.support.alerts_app import a_subscription
from tests.support.personal_data import EMAIL, PersonalDataApp, live_a_full_life, personal_data_app
from tests.support.stores import Store


@pytest.fixture
def app(store: Store) -> PersonalDataApp:
    return personal_data_app(store)


async def test_everything_about_a_person_is_read(app: PersonalDataApp) -> None:
    life = await live_a_full_life(app)
    found = await app.download(by=life.grace.principal)
    assert found.user == life.grace
    assert [session.device for session in found.sessions] == ["Cobol phone"]
    assert [(link.purpose, link.email) for link in found.links] == [(LinkPurpose.RESET, EMAIL)]
    assert found.organizer_request is not None
    assert found.organizer_request.message == "Grace's lectures"
    booked = {view.booking.id for view in found.bookings}
    assert len(booked) == 5
    assert {each.booking.id for each in (life.free, life.paid, life.registered)} <= booked
    assert {payment.status for payment in found.payments} == {PaymentStatus.CAPTURED, PaymentStatus.DECLINED}
    assert "grace-1" in {record.key for record in found.idempotency_records}
    assert {each.email for each in found.subscriptions} == {EMAIL, "grace@old.example"}
    assert [alert.event_id for alert in found.sent_alerts] == [life.own_event.id]
    topics = {each.message.topic for each in found.notifications}
    assert {"booking.confirmed", "booking.cancelled", "alert.match"} <= topics
    assert {each.message.email for each in found.notifications} == {EMAIL}
    assert [webhook.url for webhook in found.webhooks] == ["https://hopper.example/hooks"]
    assert [view.event.id for view in found.events] == [life.own_event.id]
    assert {entry.action for entry in found.audit} == {"login.failed", "event.created"}


async def test_nothing_of_anybody_else_is_read(app: PersonalDataApp) -> None:
    await live_a_full_life(app)
    bob = await app.accounts.user("bob@example.com")
    found = await app.download(by=bob.principal)
    lists = (*(found.sessions, found.links, found.bookings, found.payments, found.idempotency_records),)
    assert not any([*lists, found.subscriptions, found.sent_alerts, found.notifications, found.webhooks, found.events])
    assert (found.user, found.organizer_request, found.audit) == (bob, None, [])


async def test_what_was_sent_to_an_address_is_not_read_before_it_is_verified(app: PersonalDataApp) -> None:
    await app.office.register(await app.office.open(), full_name="Grace", email=EMAIL)
    await app.alerts.add_subscriptions(a_subscription(email=EMAIL))
    impostor = await app.accounts.user(EMAIL)
    found = await app.download(by=impostor.principal)
    assert (found.bookings, found.subscriptions, found.notifications) == ([], [], [])
