"""One resource of every kind, and one user of every role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from aiohttp import ClientResponse

from core.shared.access import Role
from core.shared.ids import BookingId
from core.shared.jobs import Job
from core.shared.messages import Message
from tests.support.api_client import PASSWORD, Api, Person
from tests.support.builders import NOW
from tests.support.pictures import add_stored_image, form_with_images

SEARCH = {"query": {"q": "jazz", "city": "Berlin"}, "frequency": "instant"}
EVENT = {"name": "Night", "venue": "Cellar", "start_time": "2027-01-01T20:00:00Z", "capacity": 5}
WEBHOOK = {"url": "https://tickets.example/hooks", "topics": ["booking.confirmed"]}


@dataclass(frozen=True, slots=True)
class World:
    """`ids` fill in the paths. `owner` owns the resource of a path: the organizer of an event, or the user who has the
    booking, the ticket or the session.
    """

    people: dict[str, Person]
    ids: dict[str, str]
    tokens: dict[str, str]

    async def request(
        self,
        who: str,
        method: str,
        path: str,
        body: object,
        *,
        owner: str,
        headers: Mapping[str, str] | None = None,
    ) -> ClientResponse:
        person = self.people[owner if who == "owner" else who]
        sent = {**(headers or {}), **({"Idempotency-Key": "wanted"} if path.endswith("/book") else {})}
        options: dict[str, Any] = {} if body is None else {"json": self._filled(body)}
        if isinstance(body, bytes):
            options = {"data": form_with_images(body)}
        return await person.request(method, path.format_map(self.ids), headers=sent, allow_redirects=False, **options)

    def _filled(self, body: object) -> object:
        if isinstance(body, dict):
            return {name: self._filled(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self._filled(value) for value in body]
        return body.format_map(self.ids | self.tokens) if isinstance(body, str) else body


async def create_world(api: Api) -> World:
    """Create Otto's events, one free and one with a price, Bea's bookings and tickets, and Ursula's account."""
    admin, otto, bea = await api.sign_in("root", Role.ADMIN), await api.sign_in_organizer(), await api.sign_in("bea")
    event = await create_event(otto)
    priced = await create_event(otto, price="12.50")
    area = await (await otto.post("/api/events/areas", {"name": "Old town"})).json()
    booking = await (await bea.post(f"/api/events/{event}/book", {"quantity": 1}, Idempotency_Key="a")).json()
    pending = await (await bea.post(f"/api/events/{priced}/book", {"quantity": 1}, Idempotency_Key="b")).json()
    [session] = (await (await bea.get("/api/auth/sessions")).json())["items"]
    webhook = await (await otto.post("/api/webhooks", WEBHOOK)).json()
    delivery = Message(uuid4(), "booking.confirmed", NOW, webhook_id=UUID(webhook["id"]))
    async with api.container.webhooks() as uow:
        await uow.outbox.add([delivery])
        await uow.commit()
    login = await api.anonymous.post("/api/auth/login", {"email": bea.email, "password": PASSWORD})
    reset_token = await api.request_reset(bea.email)
    await verify_email(api, bea)
    await bea.post("/api/me/organizer-request", {})
    [organizer_request] = (await (await admin.get("/api/admin/organizer-requests")).json())["items"]
    subscription = await (await bea.post("/api/subscriptions", {"query": {"q": "jazz"}, "frequency": "daily"})).json()
    await api.anonymous.post("/api/subscriptions", {"email": "vera@example.com", **SEARCH})
    await api.container.enqueue_job()(Job("clean-up"))
    jobs = await (await admin.get("/api/admin/jobs")).json()
    return World(
        people={
            "nobody": api.anonymous,
            "user": await api.sign_in("ursula"),
            "organizer": await api.sign_in_organizer("olga"),
            "admin": admin,
            "otto": otto,
            "bea": bea,
        },
        ids={
            "event_id": event,
            "unbooked": await create_event(otto),
            "pending": pending["id"],
            "booking_id": booking["id"],
            "ticket_id": booking["tickets"][0]["id"],
            "area_id": area["id"],
            "image_id": str((image := await add_stored_image(api, event)).id),
            "picture": image.picture.name,
            "user_id": booking["user_id"],
            "request_id": organizer_request["id"],
            "session_id": session["id"],
            "notification_id": (await (await bea.get("/api/me/notifications")).json())["items"][0]["id"],
            "subscription_id": subscription["id"],
            "job_id": jobs["items"][0]["id"],
            "webhook_id": webhook["id"],
            "delivery_id": str(delivery.id),
            "name": "swagger-ui.css",
            "code": "sold-out",
        },
        tokens={
            "booking_link": api.container.booking_links().sign(BookingId(UUID(booking["id"]))),
            "ticket_code": booking["tickets"][0]["code"],
            "refresh_token": (await login.json())["refresh_token"],
            "confirm_token": api.pending_secrets("subscription.to-confirm")[0] or "",
            "unsubscribe_token": f"{UUID(subscription['id']).hex}.{api.unsubscribe_key(subscription['id'])}",
            "reset_token": reset_token or "",
        },
    )


async def demote_organizer(api: Api, world: World) -> Person:
    """Demote Otto to a user and sign him in again."""
    otto = world.people["otto"]
    me = await (await otto.get("/api/auth/me")).json()
    answer = await world.people["admin"].patch(f"/api/admin/users/{me['id']}/role", {"role": "user"})
    assert answer.status == 200
    login = await api.anonymous.post("/api/auth/login", {"email": otto.email, "password": PASSWORD})
    return Person(otto.client, (await login.json())["access_token"], otto.email)


async def verify_email(api: Api, person: Person) -> None:
    async with api.container.accounts() as uow:
        user = await uow.users.by_email(person.email)
        assert user is not None
        await uow.users.save(replace(user, email_verified=True))
        await uow.commit()


async def create_event(organizer: Person, **fields: Any) -> str:
    return str((await (await organizer.post("/api/events", EVENT | fields)).json())["id"])
