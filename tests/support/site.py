"""The whole site with the demo, for browsers and crawlers: the same people and events in every run."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast
from uuid import uuid4

from container import Container
from core.accounts.model import User
from core.booking.model import Booking, BookingStatus
from core.booking.ports import BookingView
from core.catalog.model import Event, EventFields
from core.jobs.model import JobStatus
from core.notifications.model import Notification
from core.shared.access import Principal
from core.shared.access import Role as AccountRole
from core.shared.ids import EventId
from core.shared.messages import Message, MessageStatus
from entrypoints.demo import seed_demo_when_empty
from entrypoints.demo_programme.accounts import find_accounts, set_password_hash
from entrypoints.demo_programme.people import DOMAIN, GUESTS, MEMBER_EMAIL, ORGANIZER_EMAIL
from entrypoints.settings import Settings
from entrypoints.tasks import all_tasks
from tests.support.crawling import Visit, Walker, crawl
from tests.support.served import Served, container_of, served

T = TypeVar("T")

PASSWORD = "correct horse battery"
ADMIN_EMAIL = f"admin@{DOMAIN}"


class Role(StrEnum):
    """Who looks at the site."""

    ANYBODY = "anybody"
    MEMBER = "member"
    ORGANIZER = "organizer"
    ADMIN = "admin"


EMAILS = {Role.MEMBER: MEMBER_EMAIL, Role.ORGANIZER: ORGANIZER_EMAIL, Role.ADMIN: ADMIN_EMAIL}
STARTS = {
    Role.ANYBODY: ("/", "/sign-up", "/forgot", "/problems/"),
    Role.MEMBER: ("/me", "/"),
    Role.ORGANIZER: ("/desk", "/me"),
    Role.ADMIN: ("/admin", "/desk"),
}
"""Where people of each role begin."""
AREAS = {
    Role.ANYBODY: re.compile(r"/(?!api/|me\b|desk\b|admin\b|bookings\b|tickets\b)"),
    Role.MEMBER: re.compile(r"/(me|bookings|tickets)\b"),
    Role.ORGANIZER: re.compile(r"/desk\b"),
    Role.ADMIN: re.compile(r"/admin\b"),
}
"""The pages that each role is the first to see."""


@dataclass(frozen=True, slots=True)
class Site:
    """The site at `url`, which runs in another thread of this process."""

    served: Served

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def container(self) -> Container:
        return self.served.container

    @asynccontextmanager
    async def walk(self, role: Role = Role.ANYBODY) -> AsyncIterator[Walker]:
        """Yield somebody of this role who visits the site by HTTP."""
        async with Walker(self.url) as walker:
            if role is not Role.ANYBODY:
                await walker.sign_in(EMAILS[role], PASSWORD)
            yield walker

    async def crawl(self, role: Role, *, only_own: bool = False) -> list[Visit]:
        """Follow the links that somebody of this role sees; or only those to pages that others don't see."""
        async with self.walk(role) as walker:
            return await crawl(walker, STARTS[role], AREAS[role], stays=only_own)

    async def sign_in(self, role: Role) -> Mapping[str, str]:
        """Return the cookies of a new session of this role; of nobody's session, those of a visitor."""
        async with self.walk(role) as walker:
            return walker.cookies()

    def event_path(self, name: str) -> str:
        """Return the path of an event of the demo."""
        return f"/events/{next(each.id for each in self.container.memory().events if each.name == name)}"

    def principal(self, role: Role) -> Principal:
        return self.user(EMAILS[role]).principal

    def user(self, email: str) -> User:
        return next(each for each in self.container.memory().users if each.email == email)

    def add_event(self, name: str, *, seats: tuple[int, int] | None = None, **fields: Any) -> EventId:
        """Create an event of the organizer, with so many rows and seats per row, in three days unless `fields` say
        something else. It is found at once.
        """
        organizer, use_cases = self.principal(Role.ORGANIZER), self.container.use_cases()
        start = self.container.clock().now() + timedelta(days=3)
        wanted: dict[str, Any] = {
            "description": "A night for a test.",
            "category": "Music",
            "venue": "The Test Hall",
            "city": "Berlin",
            "country": "Germany",
            "start_time": start,
            "timezone": "Europe/Berlin",
            "capacity": 20,
        }
        wanted |= {"name": name, **fields}
        event_id = self.run(use_cases.catalog.create_event(by=organizer, wanted=cast(EventFields, wanted))).event.id
        if seats is not None:
            rows, per_row = seats
            create = use_cases.booking.create_seat_map
            self.run(create(event_id, by=organizer, rows=rows, per_row=per_row, capacity=rows * per_row))
        return event_id

    def book(
        self, event_id: EventId, quantity: int = 1, *, seats: Sequence[str] = (), email: str = GUESTS[0].email
    ) -> BookingView:
        """Book places or these seats for a guest of the demo, and pay if there is a price. If it is full, they wait."""
        by, booking = self.user(email).principal, self.container.use_cases().booking
        wanted: dict[str, Any] = {"seat_ids": seats} if seats else {"quantity": quantity}
        view = self.run(booking.place(event_id, by=by, key=uuid4().hex, **wanted)).view
        if view.booking.status is BookingStatus.PENDING:
            view = self.run(booking.pay(view.booking.id, by=by, token="tok_approve"))
        return view

    def cancel(self, view: BookingView) -> None:
        """Cancel a booking as the organizer, so that its places go to those who wait."""
        self.run(self.container.use_cases().booking.cancel(view.booking.id, by=self.principal(Role.ORGANIZER)))

    def add_member(self, name: str) -> User:
        """Create an account with PASSWORD and an address of its own."""
        email = f"{uuid4().hex}@{DOMAIN}"
        add = self.container.add_user()
        return self.run(add(by=None, name=name, email=email, password=PASSWORD, role=AccountRole.USER))

    def event(self, event_id: EventId) -> Event:
        return next(each for each in self.container.memory().events if each.id == event_id)

    def bookings_of(self, event_id: EventId, role: Role) -> list[Booking]:
        """Return the bookings that somebody of this role has for an event."""
        user_id = self.principal(role).user_id
        return [
            each for each in self.container.memory().bookings if (each.event_id, each.user_id) == (event_id, user_id)
        ]

    def last_secret(self, topic: str) -> str:
        """Return the secret in the newest message of this topic, for the link in it."""
        self.run(self.container.notify_bookers()())
        waiting = [each.message for each in self.container.memory().notifications if each.message.topic == topic]
        return waiting[-1].secret or ""

    def run_jobs(self, *tasks: str) -> None:
        """Do the jobs of these tasks that wait, and of no others."""
        self.run(_do_jobs(self.container, tasks))

    def add_dead_message(self) -> None:
        """Store a message that could not be delivered, and will not be tried again."""
        self.run(_add_dead_message(self.container))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the site runs."""
        return self.served.run(work)


@contextmanager
def demo_site(postgres_url: str | None = None) -> Iterator[Site]:
    """Serve a site that has the demo, whose organizer and member have PASSWORD, and an admin. It is in memory, where
    alone tests can look up and add things, or on PostgreSQL.
    """
    container = container_of("postgres" if postgres_url else "memory", postgres_url)
    container.clock.reset_override()  # browsers have the real time
    with served(container) as running:
        running.run(_prepare(container))
        yield Site(running)


async def _prepare(container: Container) -> None:
    await seed_demo_when_empty(container)
    for user in await find_accounts(container, (ORGANIZER_EMAIL, MEMBER_EMAIL)):
        await set_password_hash(container, user.id, await container.hasher().hash(PASSWORD))
    add = container.add_user()
    await add(by=None, name="Ada Admin", email=ADMIN_EMAIL, password=PASSWORD, role=AccountRole.ADMIN)


async def _do_jobs(container: Container, names: Collection[str]) -> None:
    tasks = all_tasks(container, Settings.model_construct())
    waiting = [each for each in container.memory().jobs if each.status is JobStatus.WAITING and each.job.task in names]
    async with container.jobs() as uow:
        for record in waiting:
            container.memory().jobs.remove(record.id)
        await uow.commit()
    for record in waiting:
        await tasks[record.job.task].run(record.job.arguments)


async def _add_dead_message(container: Container) -> None:
    now = container.clock().now()
    message = Message(uuid4(), "account.password-forgotten", now, email=f"nobody@{DOMAIN}")
    dead = Notification(message, MessageStatus.DEAD, 1, now, last_error="550 There is no such mailbox.")
    async with container.notifications() as uow:
        container.memory().notifications.put(message.id, dead)
        await uow.commit()
