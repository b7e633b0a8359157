"""Walking through the site by HTTP, as somebody who follows every link."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from tests.support.documents import Document

MAX_PER_SHAPE = 2
"""How many pages of each kind are visited: two events look alike to a crawler."""
EVERYWHERE = re.compile("")
_VARIABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}(-\d{2})?|\d+"
    r"|(?<=/static/)[^/]+|(?<=^/in/)[^/]+|(?<=^/c/)[^/]+|(?<=^/problems/).+"
)
_EVENT_PAGES = "seats|book|register|poster|og|subscribe|edit|images|attendees|line|check-in|figures|cancel|types|codes"
_SLUG = re.compile(rf"(?<=/events/\*/)(?!(?:{_EVENT_PAGES})\b)[^/.]+$")


def shape_of(url: str) -> str:
    """Return what is the same for all pages of a kind: the path without ids, dates and names, and the parameter."""
    parts = urlsplit(url)
    path = _SLUG.sub("*", _VARIABLE.sub("*", parts.path))
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return path + ("?several" if len(names) > 1 else f"?{names.pop()}" if names else "")


@dataclass(frozen=True, slots=True)
class Visit:
    """A response, with the page it was linked from. `document` is None unless it is HTML."""

    url: str
    linked_from: str
    status: int
    headers: Mapping[str, str]
    document: Document | None

    @property
    def shape(self) -> str:
        return shape_of(self.url)


@dataclass
class Walker:
    """Somebody who visits the site at `base`, with a cookie jar of their own."""

    base: str
    session: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), auto_decompress=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def get(self, url: str, linked_from: str = "") -> Visit:
        async with self.session.get(url, headers={"Accept": "text/html,*/*;q=0.8"}) as response:
            is_html = response.content_type == "text/html"
            document = Document(str(response.url), await response.text()) if is_html else None
            return Visit(url, linked_from, response.status, dict(response.headers), document)

    async def submit(self, page: Document, values: dict[str, str], *, containing: str) -> Visit:
        """Fill in the form that has the field `containing`, send it, and follow the answer."""
        form = next(each for each in page.forms() if containing in dict(each.fields))
        filled = dict(form.fields) | values
        headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"}
        async with self.session.request(form.method, form.action, data=filled, headers=headers) as response:
            document = Document(str(response.url), await response.text())
            return Visit(str(response.url), page.url, response.status, dict(response.headers), document)

    async def sign_in(self, email: str, password: str) -> None:
        page = (await self.get(f"{self.base}/sign-in")).document
        assert page is not None
        done = await self.submit(page, {"email": email, "password": password}, containing="password")
        assert done.document is not None
        assert not done.document.has_field("password"), done.document.headings

    def cookies(self) -> dict[str, str]:
        return {each.key: each.value for each in self.session.cookie_jar}


async def crawl(
    walker: Walker, starts: Iterable[str], area: re.Pattern[str] = EVERYWHERE, *, stays: bool = False
) -> list[Visit]:
    """Follow every internal link from these paths on, but only a few of each shape: one if it has parameters, or is not
    in the `area`, and those not at all if `stays`. Return all visits.
    """
    waiting = deque((f"{walker.base}{path}", "") for path in starts)
    seen = {url for url, _ in waiting}
    per_shape: Counter[str] = Counter()
    visits: list[Visit] = []
    while waiting:
        url, linked_from = waiting.popleft()
        shape = shape_of(url)
        per_shape[shape] += 1
        if stays and not area.match(shape):
            continue
        if per_shape[shape] > (MAX_PER_SHAPE if area.match(shape) and "?" not in shape else 1):
            continue
        visit = await walker.get(url, linked_from)
        visits.append(visit)
        if visit.document is not None and visit.status < 400:
            for link in visit.document.links():
                if link.startswith(f"{walker.base}/") and link not in seen:
                    seen.add(link)
                    waiting.append((link, url))
    return visits


def one_of_each(visits: Iterable[Visit]) -> list[Visit]:
    """Return a page of each shape, whatever its parameters."""
    first: dict[str, Visit] = {}
    for visit in visits:
        if visit.document is not None and visit.status < 400:
            first.setdefault(shape_of(visit.document.url).partition("?")[0], visit)
    return list(first.values())
