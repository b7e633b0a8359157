"""The pages of events over HTTP on the memory store, with an event in every state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from container import Container
from tests.support.event_states import EventStates

_TAGS = re.compile(r"<[^>]+>")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class EventPages:
    """A client without JavaScript, the events, and what is behind them."""

    client: TestClient[web.Request, web.Application]
    states: EventStates
    container: Container

    def sign_in(self) -> None:
        """Go on as the member, who has booked some of the events."""
        self.client.session.cookie_jar.update_cookies({"session": self.states.cookie})

    async def get(self, path: str, *, follow: bool = False, headers: Mapping[str, str] | None = None) -> ClientResponse:
        return await self.client.get(path, allow_redirects=follow, headers=headers)

    async def open(self, state: str) -> str:
        """Return the page of the event in this state."""
        response = await self.get(self.states.path(state), follow=True)
        assert response.status == 200
        return await response.text()

    async def post(self, path: str, *, form_of: str | None = None, **fields: str) -> ClientResponse:
        """Fill in the form of this page or of another one, and send it to this page."""
        page = await (await self.get(form_of or path)).text()
        token = _TOKEN.search(page)
        assert token is not None
        return await self.client.post(path, data={"csrf_token": token[1], **fields}, allow_redirects=False)


def text_of(page: str) -> str:
    """Return what a page says, on one line."""
    return " ".join(unescape(_TAGS.sub(" ", page)).split())
