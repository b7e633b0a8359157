"""Every time in a message ends in `Z`, as in the API's responses, whatever the message is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from core.alerts.messages import AlertTopic
from core.shared.jobs import MATCH_EVENTS, events_of
from core.shared.topics import Topic
from tests.support.api_client import Api, Person, book, create_event
from tests.support.permission_world import verify_email

LOOKS_LIKE_A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
LIKE_THE_API = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


async def test_every_time_in_a_message_ends_in_z(api: Api) -> None:
    ada, bob, otto = await api.sign_in(), await api.sign_in("bob"), await api.sign_in_organizer()
    await subscribe(api, ada)
    assert await api.request_reset(bob.email)
    webhook = {"url": "https://tickets.example/hooks", "topics": [topic.value for topic in Topic]}
    assert (await otto.post("/api/webhooks", webhook)).status == 201

    event = await create_event(otto, name="Jazz")
    await send(api)
    await cause_booking_messages(api, ada, bob, otto)
    for change in ({"start_time": "2026-12-03T20:00:00+01:00"}, {"venue": "Cellar"}):
        assert (await otto.patch(f"/api/events/{event['id']}", change)).status == 200
        await send(api)
    assert (await otto.post(f"/api/events/{event['id']}/cancel", {})).status == 202
    await send(api)

    messages = [each.message for each in api.container.memory().notifications]
    wanted = {*Topic, AlertTopic.MATCH, AlertTopic.MOVED, "account.password-forgotten", "account.email-to-verify"}
    assert wanted <= {message.topic for message in messages}
    times = [(message.topic, time) for message in messages for time in times_in(message.payload)]
    assert len(times) > len(messages)
    assert [(topic, time) for topic, time in times if not LIKE_THE_API.fullmatch(time)] == []


async def subscribe(api: Api, person: Person) -> None:
    await verify_email(api, person)
    answer = await person.post("/api/subscriptions", {"query": {"q": "jazz"}, "frequency": "instant"})
    assert answer.status == 201


async def cause_booking_messages(api: Api, ada: Person, bob: Person, otto: Person) -> None:
    """Cause a message of every topic about bookings and payments."""
    for price in ("0", "5"):
        event = await create_event(otto, capacity=1, price=price)
        booking = await (await book(ada, event["id"], key=event["id"])).json()
        assert (await book(bob, event["id"], key=event["id"])).status == 202
        await send(api)
        assert (await ada.delete(f"/api/bookings/{booking['id']}")).status == 200
        await send(api)
    event = await create_event(otto, price="5")
    for key, token, status in (("paid", "tok_approve", 201), ("declined", "tok_decline", 402)):
        answer = await book(ada, event["id"], key=key, quantity=1, payment_token=token)
        assert answer.status == status
        await send(api)
    [paid] = (await (await ada.get("/api/me/bookings", event_id=event["id"], status="confirmed")).json())["items"]
    assert (await ada.delete(f"/api/bookings/{paid['id']}")).status == 200
    assert (await book(ada, event["id"], key="hold")).status == 201
    api.clock.move(timedelta(minutes=12))
    await api.container.expire_holds()()
    await api.container.settle_payments()()
    await send(api)
    await cause_messages_to_waiting_parties(api, ada, bob, otto)


async def cause_messages_to_waiting_parties(api: Api, ada: Person, bob: Person, otto: Person) -> None:
    """Reduce the capacity of one event below a waiting party, hide it, and close the waitlist of another."""
    reduced, closing = await create_event(otto, capacity=3), await create_event(otto, capacity=3)
    for event in (reduced, closing):
        assert (await book(ada, event["id"], key=f"ada-{event['id']}", quantity=2)).status == 201
        assert (await book(bob, event["id"], key=f"bob-{event['id']}", quantity=3)).status == 202
    for change in ({"capacity": 2}, {"status": "inactive"}):
        assert (await otto.patch(f"/api/events/{reduced['id']}", change)).status == 200
    deadline = (api.clock.now() + timedelta(minutes=1)).isoformat()
    answer = await otto.patch(f"/api/events/{closing['id']}", {"registration_deadline": deadline})
    assert answer.status == 200
    api.clock.move(timedelta(minutes=1))
    await api.container.close_waitlists()()
    await send(api)


async def send(api: Api) -> None:
    """Run the jobs that store messages, as a worker would."""
    while await api.container.notify_bookers()():
        pass
    for each in list(api.container.memory().jobs):
        if each.job.task == MATCH_EVENTS:
            await api.container.match_events()(events_of(each.job.arguments))


def times_in(value: object) -> Iterator[str]:
    if isinstance(value, str) and LOOKS_LIKE_A_TIME.fullmatch(value):
        yield value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from times_in(each)
