"""Bulk runs, on every store: nothing is done before it is confirmed, and each target has its own outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.administration.errors import BulkRunNotFound, NothingSelected, NothingToDo
from core.administration.model import RUN_BULK_ACTION, BulkAction, BulkRun, BulkRunId, BulkStatus, Outcome
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter
from core.catalog.model import EventStatus
from core.catalog.search import EventQuery
from core.jobs.managing import ListJobs
from core.jobs.ports import JobFilter
from core.notifications.ports import NotificationFilter
from core.shared.access import Role
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden, InvalidFields
from core.shared.messages import Message, MessageStatus
from core.shared.paging import PageRequest
from tests.support.administration_app import RETENTION, AdministrationApp, administration_app
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW, a_person, a_user, an_event
from tests.support.stores import Store, stored

DAY = timedelta(days=1)


@pytest.fixture
async def app(store: Store) -> AdministrationApp:
    return await administration_app(store)


async def do(app: AdministrationApp, run: BulkRun) -> None:
    await app.confirm_run(run.id, by=app.by, word=run.action.word or "")
    await app.run(run.id)


async def test_a_proposed_run_says_its_effect_and_exceptions_and_does_nothing(
    app: AdministrationApp, office: BoxOffice
) -> None:
    event_id = await office.open(name="Late show")
    one, other = await office.people(2)
    first, second = await office.book(event_id, one, 2), await office.book(event_id, other, 3)
    await office.cancel(second.booking.id, by=other)
    run = await app.propose(BulkAction.CANCEL_BOOKINGS, first.booking.id, second.booking.id, uuid4())
    view = await app.read(run.id)
    assert run.effect.startswith("1 booking will be cancelled. 2 places will be free for those who wait.")
    assert "Nothing was paid" in run.effect
    assert view.counts == {Outcome.PENDING: 1, Outcome.EXCEPTION: 1}
    assert await app.outcomes(run.id) == [
        ("Late show: 2 places", "pending", None),
        ("Late show: 3 places", "exception", "It is cancelled already."),
    ]
    assert await office.status(first) is BookingStatus.CONFIRMED
    await app.run(run.id)
    assert await office.status(first) is BookingStatus.CONFIRMED


async def test_a_confirmed_run_is_done_by_a_worker_and_audited(app: AdministrationApp, office: BoxOffice) -> None:
    event_id = await office.open()
    booked = [await office.book(event_id, person) for person in await office.people(3)]
    run = await app.propose(BulkAction.CANCEL_BOOKINGS, matching=BookingFilter(event_id=event_id))
    with pytest.raises(InvalidFields) as refused:
        await app.confirm_run(run.id, by=app.by, word="yes")
    assert refused.value.errors == {"word": ["Type cancel to confirm."]}
    for _ in range(2):
        await app.confirm_run(run.id, by=app.by, word=" Cancel ")
    [job] = (await ListJobs(app.store.jobs)(JobFilter(task=RUN_BULK_ACTION), PageRequest(), by=app.by)).items
    assert job.job.arguments == {"run": str(run.id)}
    await app.run(run.id)
    assert {await office.status(each) for each in booked} == {BookingStatus.CANCELLED}
    view = await app.read(run.id, Outcome.DONE)
    assert (view.run.status, view.counts, view.items.total) == (BulkStatus.DONE, {Outcome.DONE: 3}, 3)
    async with app.store.accounts() as uow:
        entries = (await uow.audit.search(AuditFilter(target=run.id), PageRequest())).items
        each = (await uow.audit.search(AuditFilter(action="booking.cancelled"), PageRequest())).items
    assert [(entry.action, entry.actor_id, entry.facts) for entry in entries] == [
        ("bulk.confirmed", app.admin.id, {"kind": "cancel-bookings", "targets": "3"})
    ]
    assert {entry.actor_id for entry in each} == {app.admin.id}
    assert len(each) == 3


async def test_an_interrupted_run_goes_on_where_it_stopped(app: AdministrationApp, office: BoxOffice) -> None:
    event_id = await office.open()
    first, second = [await office.book(event_id, person) for person in await office.people(2)]
    run = await app.propose(BulkAction.CANCEL_BOOKINGS, first.booking.id, second.booking.id)
    await app.confirm_run(run.id, by=app.by, word="cancel")
    await office.cancel(first.booking.id, by=app.by)  # done, and the worker died before it could note that
    item = (await app.read(run.id)).items.items[1]
    async with app.store.administration() as uow:
        await uow.bulk_runs.save_item(replace(item, outcome=Outcome.DONE))
        await uow.commit()
    await app.run(run.id)
    assert (await app.read(run.id)).counts == {Outcome.DONE: 2}
    assert await office.status(second) is BookingStatus.CONFIRMED  # was noted as done


async def test_a_refusal_concerns_one_target_alone(app: AdministrationApp) -> None:
    users = [a_user("one@example.com", name="One"), a_user("two@example.com", name="Two", is_active=False)]
    late = a_user("late@example.com", name="Late")
    async with app.store.accounts() as uow:
        for user in (*users, late):
            await uow.users.add(user)
        await uow.commit()
    run = await app.propose(BulkAction.DEACTIVATE_USERS, *(each.id for each in (*users, late)), app.admin.id)
    await app.confirm_run(run.id, by=app.by, word="deactivate")
    other = a_user("other@example.com", role=Role.ADMIN)
    async with app.store.accounts() as uow:
        await uow.users.add(other)
        await uow.commit()
    await app.run(run.id)
    assert await app.outcomes(run.id) == [
        ("One, one@example.com", "done", None),
        ("Two, two@example.com", "exception", "It is deactivated already."),
        ("Late, late@example.com", "done", None),
        ("Mona, admin@example.com", "exception", "It is your own account."),
    ]


async def test_the_rest_is_refused_if_who_confirmed_is_no_longer_an_admin(app: AdministrationApp) -> None:
    event = an_event(name="Reading")
    await stored(app.store, event)
    run = await app.propose(BulkAction.CLOSE_EVENTS, event.id)
    await app.confirm_run(run.id, by=app.by)
    async with app.store.accounts() as uow:
        await uow.users.save(replace(app.admin, role=Role.USER))
        await uow.commit()
    await app.run(run.id)
    assert await app.outcomes(run.id) == [("Reading", "refused", "Who confirmed this is no longer an admin.")]


async def test_events_are_closed_and_deactivated(app: AdministrationApp, office: BoxOffice) -> None:
    future, over = an_event(name="Reading"), an_event(name="Old", start_time=NOW - DAY)
    await stored(app.store, future, over)
    query = EventQuery(NOW, status=(EventStatus.OPEN,), include_past=True)
    closing = await app.propose(BulkAction.CLOSE_EVENTS, matching=query)
    assert closing.effect.startswith("1 event will take no more bookings.")
    await do(app, closing)
    assert (await office.event(future.id)).status is EventStatus.CLOSED
    assert ("Old", "exception", "It is over.") in await app.outcomes(closing.id)
    await do(app, await app.propose(BulkAction.DEACTIVATE_EVENTS, future.id))
    assert (await office.event(future.id)).status is EventStatus.INACTIVE


async def test_dead_notifications_of_one_cause_are_retried(app: AdministrationApp) -> None:
    async with app.store.notifications() as uow:
        messages = [
            Message(UUID(int=number), "booking.confirmed", NOW, email=f"{number}@example.com") for number in (1, 2, 3)
        ]
        await uow.outbox.add(messages)
        for message, reason in zip(messages, ("550 no such user", "timed out", "timed out"), strict=True):
            dead = replace(
                await uow.notifications.get_for_update(message.id), status=MessageStatus.DEAD, last_error=reason
            )
            await uow.notifications.save(dead)
        await uow.commit()
    async with app.store.notifications() as uow:
        causes = [(each.reason, each.messages) for each in await uow.notifications.dead_causes(5)]
        [commonest] = await uow.notifications.dead_causes(1)
    assert causes == [("timed out", 2), ("550 no such user", 1)]
    assert commonest.reason == "timed out"
    wanted = NotificationFilter(status=MessageStatus.DEAD, reason="timed out")
    await do(app, await app.propose(BulkAction.RETRY_NOTIFICATIONS, matching=wanted))
    async with app.store.notifications() as uow:
        statuses = [(await uow.notifications.get(each.id)).status for each in messages]
    assert statuses == [MessageStatus.DEAD, MessageStatus.WAITING, MessageStatus.WAITING]


async def test_nothing_selected_and_nothing_to_do_are_refused(app: AdministrationApp) -> None:
    for ids in ((), (uuid4(),)):
        with pytest.raises(NothingSelected):
            await app.propose(BulkAction.RETRY_NOTIFICATIONS, *ids)
    run = await app.propose(BulkAction.DEACTIVATE_USERS, app.admin.id)
    with pytest.raises(NothingToDo):
        await app.confirm_run(run.id, by=app.by, word="deactivate")


async def test_only_admins_propose_confirm_and_see_runs(app: AdministrationApp) -> None:
    run = await app.propose(BulkAction.DEACTIVATE_USERS, app.admin.id)
    somebody = a_person(Role.ORGANIZER)
    with pytest.raises(Forbidden):
        await app.confirm_run(run.id, by=somebody)
    with pytest.raises(Forbidden):
        await app.read_run(run.id, PageRequest(), by=somebody)
    with pytest.raises(Forbidden):
        await app.list_runs(PageRequest(), by=somebody)


async def test_old_runs_are_forgotten(app: AdministrationApp) -> None:
    event = an_event(start_time=NOW + 60 * DAY)
    await stored(app.store, event)
    done, proposed = [await app.propose(BulkAction.CLOSE_EVENTS, event.id) for _ in range(2)]
    await do(app, done)
    app.store.clock.move(DAY / 2)
    assert await app.forget() == 0
    app.store.clock.move(DAY)
    assert await app.forget() == 1
    with pytest.raises(BulkRunNotFound):
        await app.read(proposed.id)
    assert [each.id for each in (await app.list_runs(PageRequest(), by=app.by)).items] == [done.id]
    app.store.clock.move(RETENTION)
    assert await app.forget() == 1
    with pytest.raises(BulkRunNotFound):
        await app.confirm_run(BulkRunId(done.id), by=app.by)


async def test_the_rest_of_a_run_is_refused_when_who_confirmed_it_has_left(
    app: AdministrationApp, office: BoxOffice
) -> None:
    event_id = await office.open()
    [person] = await office.people(1)
    booking = await office.book(event_id, person)
    run = await app.propose(BulkAction.CANCEL_BOOKINGS, booking.booking.id)
    await app.confirm_run(run.id, by=app.by, word="cancel")
    async with app.store.personal_data() as uow:
        await uow.personal_data.erase(app.admin, app.store.clock.now())
        await uow.commit()
    await app.run(run.id)
    [(_, outcome, detail)] = await app.outcomes(run.id)
    assert (outcome, detail) == ("refused", "Who confirmed this is no longer an admin.")
    assert await office.status(booking) is BookingStatus.CONFIRMED
