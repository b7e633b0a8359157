"""The whole site with the demo, for browsers and crawlers: the same people and events in every run."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from container import Container
from core.shared.access import Role as AccountRole
from entrypoints.demo import seed_demo_when_empty
from entrypoints.demo_programme.accounts import find_accounts, set_password_hash
from entrypoints.demo_programme.people import DOMAIN, MEMBER_EMAIL, ORGANIZER_EMAIL
from tests.support.crawling import Walker
from tests.support.served import Served, container_of, served

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

    async def sign_in(self, role: Role) -> Mapping[str, str]:
        """Return the cookies of a new session of this role; of nobody's session, those of a visitor."""
        async with self.walk(role) as walker:
            return walker.cookies()

    def event_path(self, name: str) -> str:
        """Return the path of an event of the demo."""
        return f"/events/{next(each.id for each in self.container.memory().events if each.name == name)}"


@contextmanager
def demo_site() -> Iterator[Site]:
    """Serve a site in memory that has the demo, whose organizer and member have PASSWORD, and an admin."""
    container = container_of("memory")
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
