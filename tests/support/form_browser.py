"""A browser without scripts: it keeps cookies, follows redirects, and submits the forms that pages have."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData
from bs4 import BeautifulSoup, Tag
from yarl import URL

from tests.support.api_client import PASSWORD, Api

Field = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page that was opened: its status, its address after redirects, and what it shows."""

    status: int
    address: URL
    html: str
    headers: dict[str, str]

    @property
    def document(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "lxml")

    @property
    def text(self) -> str:
        """All words of the page's main part, with single spaces."""
        main = self.document.find("main")
        assert isinstance(main, Tag)
        return " ".join(main.get_text(" ").split())

    @property
    def heading(self) -> str:
        [found] = self.document.find_all("h1")
        return " ".join(found.get_text(" ").split())

    @property
    def path(self) -> str:
        return self.address.path

    def links(self) -> list[str]:
        return [str(link["href"]) for link in self.document.select("main a[href]")]

    def field(self, name: str) -> Tag:
        """Return the only field of this name."""
        [found] = self.document.select(f"main [name={name}]")
        return found

    def fields_with(self, button: str) -> dict[str, str]:
        """Return what the form with this button sends if nothing is changed."""
        return dict(_shown_fields(self.form_with(button)[0]))

    def form_with(self, button: str) -> tuple[Tag, Tag]:
        """Return the form that has a button with this label, and the button."""
        for form in self.document.select("form"):
            for each in form.select("button"):
                if " ".join(each.get_text(" ").split()) == button:
                    return form, each
        raise AssertionError(f"no form with a button {button!r} in: {self.text}")


class FormBrowser:
    """Opens pages of one server as one person, whose cookies it keeps."""

    def __init__(self, session: ClientSession, base: URL) -> None:
        self._session = session
        self._base = base

    async def open(self, path: str | URL) -> SeenPage:
        return await self._request("GET", self._base.join(URL(str(path))))

    async def submit(self, page: SeenPage, button: str, **fields: Field) -> SeenPage:
        """Submit the form with this button, with these fields instead of what the form shows."""
        form, pressed = page.form_with(button)
        pairs = [(name, text) for name, text in _shown_fields(form) if name not in fields]
        for name, value in fields.items():
            pairs += [(name, text) for text in ([value] if isinstance(value, str) else value)]
        if pressed.get("name"):
            pairs.append((str(pressed["name"]), str(pressed.get("value", ""))))
        target = page.address.join(URL(str(pressed.get("formaction") or form.get("action") or page.address.path)))
        if str(form.get("method", "get")).lower() == "get":
            return await self._request("GET", target.with_query(pairs))
        return await self._request("POST", target, data=pairs)

    async def post(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> SeenPage:
        """Post fields as another program, or another site, could do it."""
        return await self._request("POST", self._base.join(URL(path)), headers, data=fields)

    async def upload(
        self, page: SeenPage, button: str, to: str = "", fields: Mapping[str, str] | None = None, **files: bytes
    ) -> SeenPage:
        """Submit the form with this button with these files, by the names of their fields; to another path below its
        own, if one is given. `fields` are texts instead of those that the form shows.
        """
        form, _ = page.form_with(button)
        texts = {**dict(_shown_fields(form)), **(fields or {})}
        data = FormData([(name, text) for name, text in texts.items() if name not in files], default_to_multipart=True)
        for name, content in files.items():
            data.add_field(name, io.BytesIO(content), filename=name)
        return await self._request("POST", page.address.join(URL(f"{form['action']}{to}")), data=data)

    async def sign_in(self, email: str) -> SeenPage:
        return await self.submit(await self.open("/sign-in"), "Sign in", email=email, password=PASSWORD)

    async def _request(
        self, method: str, address: URL, headers: dict[str, str] | None = None, **options: Any
    ) -> SeenPage:
        sent = {"Accept": "text/html", **({"Sec-Fetch-Site": "same-origin"} if headers is None else headers)}
        async with self._session.request(method, address, headers=sent, **options) as answer:
            return SeenPage(answer.status, answer.url, await answer.text(), dict(answer.headers))


def _shown_fields(form: Tag) -> list[tuple[str, str]]:
    """Return what the form sends if nothing is changed."""
    pairs = []
    for field in form.select("input[name]"):
        is_choice = field.get("type") in {"checkbox", "radio"}
        if not is_choice or field.has_attr("checked"):
            pairs.append((str(field["name"]), str(field.get("value", "on" if is_choice else ""))))
    pairs += [(str(area["name"]), area.get_text().removeprefix("\n")) for area in form.select("textarea[name]")]
    for select in form.select("select[name]"):
        chosen = select.select("option[selected]") or select.select("option")[:1]
        pairs += [(str(select["name"]), str(option.get("value", option.get_text(strip=True)))) for option in chosen]
    return pairs


@asynccontextmanager
async def form_browsers(api: Api) -> AsyncIterator[Callable[[], FormBrowser]]:
    """Yield a function that opens another browser."""
    sessions: list[ClientSession] = []

    def new() -> FormBrowser:
        sessions.append(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return FormBrowser(sessions[-1], api.client.make_url("/"))

    try:
        yield new
    finally:
        for session in sessions:
            await session.close()
