"""The whole API over HTTP on the memory store, and people who use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from adapters.http.app import HttpOptions, create_app
from adapters.http.middleware.public_cache import PublicCache
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

PASSWORD = "correct horse"
UNKNOWN_ID = "019a0000-0000-7000-8000-000000000000"
EVENT = {"name": "Open stage", "start_time": "2026-12-01T20:00:00+01:00", "venue": "Attic"}

_UNLIMITED = "100000/day"


@dataclass(frozen=True, slots=True)
class Person:
    """A client of the API that sends its user's access token; without a token it is anonymous."""

    client: TestClient[web.Request, web.Application]
    token: str | None
    email: str = ""

    async def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> ClientResponse:
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.client.request(method, path, headers={**authorization, **(headers or {})}, **options)

    async def get(self, path: str, **query: str) -> ClientResponse:
        return await self.request("GET", path, params=query)

    async def post(self, path: str, body: object = None, **headers: str) -> ClientResponse:
        return await self.request("POST", path, headers=hyphenate(headers), **({} if body is None else {"json": body}))

    async def patch(self, path: str, body: object, **headers: str) -> ClientResponse:
        return await self.request("PATCH", path, headers=hyphenate(headers), json=body)

    async def delete(self, path: str, **headers: str) -> ClientResponse:
        return await self.request("DELETE", path, headers=hyphenate(headers))


def hyphenate(headers: dict[str, str]) -> dict[str, str]:
    """Return headers that were passed as keyword arguments, `If_Match="*"`, under their real names."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Api:
    """The API under test: a client, its container, and the clock that it runs on."""

    client: TestClient[web.Request, web.Application]
    container: Container
    clock: SetClock

    @property
    def anonymous(self) -> Person:
        return Person(self.client, None)

    def pending_secrets(self, topic: str) -> list[str | None]:
        """Return the secrets of the messages of this topic that wait to be sent."""
        waiting = (each.message for each in self.container.memory().notifications)
        return [message.secret for message in waiting if message.topic == topic]

    def unsubscribe_key(self, subscription_id: str) -> str:
        """Return the key in the links that end a subscription."""
        subscriptions = self.container.memory().subscriptions
        return next(each.key for each in subscriptions if str(each.id) == subscription_id)

    async def sign_in(self, name: str = "ada", role: Role = Role.USER) -> Person:
        """Create an account and sign in to it."""
        email = f"{name}@example.com"
        await self.container.add_user()(by=None, name=name, email=email, password=PASSWORD, role=role)
        answer = await self.anonymous.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return Person(self.client, (await answer.json())["access_token"], email)

    async def sign_in_organizer(self, name: str = "otto") -> Person:
        return await self.sign_in(name, Role.ORGANIZER)

    async def request_reset(self, email: str) -> str | None:
        """Request a link to reset the password and run the job that sends it. Return the newest link's token."""
        assert (await self.anonymous.post("/api/auth/password/forgot", {"email": email})).status == 202
        records = self.container.memory().jobs
        async with self.container.jobs() as uow:
            pending = [each for each in records if each.job.task == SEND_RESET_LINK]
            for each in pending:
                records.remove(each.id)
            await uow.commit()
        for each in pending:
            await self.container.send_reset_link()(email=each.job.arguments["email"])
        return next(reversed(self.pending_secrets("account.password-forgotten")), None)


class MakeApi(Protocol):
    async def __call__(
        self, limits: Mapping[str, str] | None = None, options: HttpOptions | None = None, **settings: Any
    ) -> Api: ...


@asynccontextmanager
async def open_apis(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> AsyncIterator[MakeApi]:
    """Yield a function that starts the API. At the end, fail if a response is not in the OpenAPI document.

    Rates are limited only for a test that passes `limits`, such as `{"login": "5/day"}`.
    """
    made: list[Documented] = []

    async def make(limits: Mapping[str, str] | None = None, options: HttpOptions | None = None, **settings: Any) -> Api:
        container, clock = Container(), SetClock(NOW)
        container.settings.from_dict(SETTINGS | settings)
        container.clock.override(clock)
        container.hasher.override(QuickHasher())
        rates = dict.fromkeys((policy.name for policy in POLICIES), _UNLIMITED) | dict(limits or {})
        limiting = RateLimiting(container.limiter(), {name: Limit.parse(name, rate) for name, rate in rates.items()})
        app = create_app(
            ROUTES,
            use_cases=container.use_cases(),
            options=options or HttpOptions(),
            metrics=container.metrics(),
            ready={},
            authenticate=container.authenticate(),
            public_cache=PublicCache(container.cache(), container.settings.public_cache_seconds()),
            limiting=None if limits is None else limiting,
            measures=container.measures(),
            live=container.live(),
        )
        made.append(Documented(app))
        return Api(await aiohttp_client(app), container, clock)

    yield make
    assert not any(documented.undocumented for documented in made)


async def create_event(organizer: Person, **fields: Any) -> dict[str, Any]:
    answer = await organizer.post("/api/events", EVENT | fields)
    assert answer.status == 201, await answer.text()
    event: dict[str, Any] = await answer.json()
    return event


async def create_mapped_event(organizer: Person, rows: int = 3, per_row: int = 6, **fields: Any) -> str:
    """Create an event with a seat map, and return its id."""
    event = await create_event(organizer, capacity=rows * per_row, **fields)
    size = {"rows": rows, "per_row": per_row}
    answer = await organizer.post(f"/api/admin/events/{event['id']}/seats/generate", size)
    assert answer.status == 201, await answer.text()
    return str(event["id"])


async def book(person: Person, event_id: str, key: str = "k", **body: Any) -> ClientResponse:
    """Book one place, or what `body` says."""
    return await person.post(f"/api/events/{event_id}/book", body or {"quantity": 1}, Idempotency_Key=key)


async def assert_refused(answer: ClientResponse, status: int, code: str) -> dict[str, Any]:
    """Check the status and the problem's code, and return the problem."""
    problem: dict[str, Any] = await answer.json()
    assert (answer.status, problem["code"]) == (status, code)
    return problem
