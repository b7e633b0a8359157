"""The whole API over HTTP, on the memory store; every answer is held against the OpenAPI document.

And, for the conventions every handler stands on, a client of the small API of toys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from adapters.http.app import HttpOptions, create_app
from adapters.http.routes import ROUTES
from adapters.memory.accounts import QuickHasher
from adapters.memory.system import SetClock
from container import Container
from core.shared.access import Role
from tests.api.documented import Documented
from tests.api.toy import Client, MakeClient, toy_app
from tests.builders import NOW
from tests.settings import SETTINGS

PASSWORD = "correct horse"


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

    async def person(self, name: str = "ada", role: Role = Role.USER) -> Person:
        email = f"{name}@example.com"
        sign_up = self.container.sign_up(role=role)
        await sign_up(name=name, email=email, password=PASSWORD)
        answer = await self.nobody.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return Person(self.client, (await answer.json())["access_token"], email)

    async def organizer(self, name: str = "otto") -> Person:
        return await self.person(name, Role.ORGANIZER)


@pytest.fixture
async def api(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> AsyncIterator[Api]:
    container, clock = Container(), SetClock(NOW)
    container.settings.from_dict(SETTINGS)
    container.clock.override(clock)
    container.hasher.override(QuickHasher())
    app = create_app(
        ROUTES,
        use_cases=container.use_cases(),
        options=HttpOptions(),
        metrics=container.metrics(),
        ready={},
        tokens=container.tokens(),
    )
    documented = Documented(app)
    yield Api(await aiohttp_client(app), container, clock)
    assert not documented.undocumented


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    return await aiohttp_client(toy_app())
