"""The whole API over HTTP, on the memory store; every answer is held against the OpenAPI document.

And, for the conventions every handler stands on, a client of the small API of toys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from adapters.http.app import HttpOptions, create_app
from adapters.http.middleware.rate_limiting import POLICIES, RateLimiting
from adapters.http.routes import ROUTES
from adapters.memory.accounts import QuickHasher
from adapters.memory.shared.system import SetClock
from container import Container
from core.accounts.links import SEND_RESET_LINK
from core.shared.access import Role
from core.shared.limits import Limit
from tests.support.builders import NOW
from tests.support.documented import Documented
from tests.support.settings import SETTINGS
from tests.support.toy_app import Client, MakeClient, toy_app

PASSWORD = "correct horse"
PLENTY = "100000/day"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, who asks with their token."""

    client: TestClient[web.Request, web.Application]
    token: str | None
    email: str = ""

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> ClientResponse:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.client.request(method, path, headers={**signed, **(headers or {})}, **options)

    async def get(self, path: str, **query: str) -> ClientResponse:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, body: object = None, **headers: str) -> ClientResponse:
        return await self.ask("POST", path, headers=named(headers), **({} if body is None else {"json": body}))

    async def patch(self, path: str, body: object, **headers: str) -> ClientResponse:
        return await self.ask("PATCH", path, headers=named(headers), json=body)

    async def delete(self, path: str, **headers: str) -> ClientResponse:
        return await self.ask("DELETE", path, headers=named(headers))


def named(headers: dict[str, str]) -> dict[str, str]:
    """Headers by their own names, of which Python takes no hyphen."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Api:
    """The API, and whoever is needed to talk to it."""

    client: TestClient[web.Request, web.Application]
    container: Container
    clock: SetClock

    @property
    def nobody(self) -> Person:
        return Person(self.client, None)

    def sent(self, topic: str) -> list[str | None]:
        """The secrets of the messages of this topic that wait to be sent."""
        waiting = (each.message for each in self.container.memory().notifications)
        return [message.secret for message in waiting if message.topic == topic]

    def key_of(self, subscription_id: str) -> str:
        """What opens the links that end a subscription."""
        kept = self.container.memory().subscriptions
        return next(each.key for each in kept if str(each.id) == subscription_id)

    async def person(self, name: str = "ada", role: Role = Role.USER) -> Person:
        email = f"{name}@example.com"
        await self.container.add_user()(by=None, name=name, email=email, password=PASSWORD, role=role)
        answer = await self.nobody.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return Person(self.client, (await answer.json())["access_token"], email)

    async def forgotten(self, email: str) -> str | None:
        """Say that the password is forgotten, and let a worker do what is left of it: the token of the newest link."""
        assert (await self.nobody.post("/api/auth/password/forgot", {"email": email})).status == 202
        kept = self.container.memory().jobs
        async with self.container.jobs() as uow:
            left = [each for each in kept if each.job.task == SEND_RESET_LINK]
            for each in left:
                kept.remove(each.id)
            await uow.commit()
        for each in left:
            await self.container.send_reset_link()(email=each.job.arguments["email"])
        return next(reversed(self.sent("account.password-forgotten")), None)

    async def organizer(self, name: str = "otto") -> Person:
        return await self.person(name, Role.ORGANIZER)


class MakeApi(Protocol):
    async def __call__(self, limits: Mapping[str, str] | None = None, options: HttpOptions | None = None) -> Api: ...


@pytest.fixture
async def make_api(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> AsyncIterator[MakeApi]:
    """Makes the API; with limits only for a test that names some, as `{"login": "5/day"}`."""
    made: list[Documented] = []

    async def make(limits: Mapping[str, str] | None = None, options: HttpOptions | None = None) -> Api:
        container, clock = Container(), SetClock(NOW)
        container.settings.from_dict(SETTINGS)
        container.clock.override(clock)
        container.hasher.override(QuickHasher())
        rates = dict.fromkeys((policy.name for policy in POLICIES), PLENTY) | dict(limits or {})
        limiting = RateLimiting(container.limiter(), {name: Limit.parse(name, rate) for name, rate in rates.items()})
        app = create_app(
            ROUTES,
            use_cases=container.use_cases(),
            options=options or HttpOptions(),
            metrics=container.metrics(),
            ready={},
            authenticate=container.authenticate(),
            limiting=None if limits is None else limiting,
            measures=(container.count_jobs(), container.count_notifications()),
        )
        made.append(Documented(app))
        return Api(await aiohttp_client(app), container, clock)

    yield make
    assert not any(documented.undocumented for documented in made)


@pytest.fixture
async def api(make_api: MakeApi) -> Api:
    return await make_api()


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    return await aiohttp_client(toy_app())
