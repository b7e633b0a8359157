"""The use cases of personal data on one store, and somebody who has used all of the platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from adapters.memory.accounts import QuickHasher
from adapters.payments.simulated import APPROVE, DECLINE
from adapters.system.ids import TimeOrderedIds
from core.accounts.links import LinkPurpose
from core.accounts.model import OrganizerRequest, User
from core.administration.model import BulkAction, BulkItem, BulkRun, BulkRunId, Candidate
from core.alerts.messages import SentAlert
from core.booking.errors import PaymentDeclined
from core.booking.ports import BookingView
from core.catalog.model import Event
from core.personal_data.deleting import DeleteAccount
from core.personal_data.reading import DownloadMyData, ListCommitments
from core.shared.access import Role
from core.shared.ids import OrganizerRequestId
from core.shared.messages import Message
from core.webhooks.model import Webhook
from tests.support.accounts_app import AccountsApp, accounts_app
from tests.support.alerts_app import AlertsApp, a_subscription, alerts_app
from tests.support.box_office import BoxOffice, box_office
from tests.support.builders import NOW, a_session, a_webhook, an_event
from tests.support.refusals import refused
from tests.support.stores import Store

NAME, EMAIL = "Grace Hopper", "grace@navy.example"
TRACES = ("Grace", "grace", "Hopper", "hopper", "navy.example", "Cobol phone")
"""What is left nowhere, in any spelling, once she has deleted her account."""
PRICE = Decimal("12.50")


@dataclass(frozen=True, slots=True)
class PersonalDataApp:
    store: Store
    accounts: AccountsApp
    office: BoxOffice
    alerts: AlertsApp
    download: DownloadMyData
    list_commitments: ListCommitments
    delete: DeleteAccount


@dataclass(frozen=True, slots=True)
class FullLife:
    """Grace, what belongs to her, and the organizer of the events that she booked."""

    grace: User
    otto: User
    free: BookingView
    paid: BookingView
    registered: BookingView
    own_event: Event
    otto_webhook: Webhook


def personal_data_app(store: Store) -> PersonalDataApp:
    new_uow, clock = store.personal_data, store.clock
    return PersonalDataApp(
        store,
        accounts_app(store),
        box_office(store),
        alerts_app(store),
        DownloadMyData(new_uow, clock),
        ListCommitments(new_uow, clock),
        DeleteAccount(new_uow, store.accounts, QuickHasher(), store.revocations, TimeOrderedIds(), clock),
    )


async def live_a_full_life(app: PersonalDataApp) -> FullLife:
    """Let Grace book, pay, register, subscribe, organize and be audited; then let two days pass, so that it is over."""
    store, office = app.store, app.office
    grace = await app.accounts.user(EMAIL, name=NAME, email_verified=True, role=Role.ORGANIZER)
    otto = await app.accounts.user("otto@example.com", name="Otto", role=Role.ORGANIZER)
    webhook, own_webhook = a_webhook(otto.id), a_webhook(grace.id, url="https://hopper.example/hooks")
    async with store.webhooks() as uow:
        for each in (webhook, own_webhook):
            await uow.webhooks.add(each)
        await uow.commit()
    await _sign_in_and_ask(app, grace)
    free = await office.book(await office.open(organizer_id=otto.id), grace.principal, 2, key="grace-1")
    priced = await office.open(organizer_id=otto.id, price=PRICE)
    paid = await office.book(priced, grace.principal, payment_token=APPROVE)
    declined = await office.book(priced, grace.principal)
    await refused(office.pay(declined.booking.id, by=grace.principal, token=DECLINE), PaymentDeclined)
    visited = await office.open(organizer_id=otto.id)
    registered = await office.register(visited, full_name="G. Hopper", email=EMAIL)
    cancelled = await office.book(visited, grace.principal)
    await office.cancel(cancelled.booking.id, by=grace.principal)
    own_event = an_event(name="An evening about compilers", organizer_id=grace.id)
    async with store.catalog() as uow:
        await uow.events.add(own_event)
        await uow.commit()
    await _subscribe(app, grace, own_event)
    await _retry_in_bulk(app, grace, otto)
    store.clock.move(timedelta(days=2))
    while await office.notify():
        pass
    return FullLife(grace, otto, free, paid, registered, own_event, webhook)


async def _sign_in_and_ask(app: PersonalDataApp, grace: User) -> None:
    await app.accounts.sessions(a_session(grace.id, device="Cobol phone"))
    await app.accounts.link(grace, LinkPurpose.RESET)
    request = OrganizerRequest(OrganizerRequestId(TimeOrderedIds().new()), grace.id, "Grace's lectures", NOW)
    async with app.store.accounts() as uow:
        await uow.organizer_requests.put(request)
        await uow.audit.write("login.failed", NOW, target=grace.id)
        await uow.audit.write("event.created", NOW, actor_id=grace.id)
        await uow.commit()


async def _subscribe(app: PersonalDataApp, grace: User, event: Event) -> None:
    """Subscribe her with the account, and with its address alone."""
    ids = TimeOrderedIds()
    without_account = a_subscription(email=grace.email, key="g" * 43)
    with_account = a_subscription(email="grace@old.example", user_id=grace.id, key="o" * 43)
    await app.alerts.add_subscriptions(without_account, with_account)
    alert = SentAlert(grace.email, event.id, event.start_time, event.venue, event.city)
    to_address = Message(ids.new(), "alert.match", NOW, email=grace.email, payload={"search": "compilers"})
    async with app.store.alerts() as uow:
        await uow.sent_alerts.add([alert])
        await uow.outbox.add([to_address])
        await uow.commit()


async def _retry_in_bulk(app: PersonalDataApp, about: User, by: User) -> None:
    """Store a bulk run whose items name her."""
    ids = TimeOrderedIds()
    run = BulkRun(BulkRunId(ids.new()), BulkAction.DEACTIVATE_USERS, by.id, "2 accounts will be deactivated.", NOW)
    candidates = (
        Candidate(about.id, f"{about.name}, {about.email}"),
        Candidate(ids.new(), f"alert.match to {about.email}"),
    )
    async with app.store.administration() as uow:
        await uow.bulk_runs.add(run, [BulkItem.of(each, ids.new(), run.id) for each in candidates])
        await uow.commit()
