"""Public responses are compressed, and nothing else about them changes."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import brotli
import pytest
from aiohttp import web
from backports import zstd

from adapters.http.app import HttpOptions
from adapters.http.middleware.auth import is_public
from adapters.http.middleware.compression import (
    MAX_BYTES_IN_SMALLEST,
    MIN_BYTES,
    MIN_BYTES_IN_THREAD,
    KeptBody,
    compress_responses,
)
from adapters.http.shared.content_codings import CODINGS, choose_coding
from adapters.http.shared.declarations import is_for_people
from entrypoints.api import build_app
from entrypoints.settings import Profile, Settings
from tests.support.api_client import Api, MakeApi, Person, create_event
from tests.support.permission_world import create_world
from tests.support.served import app_of, container_of
from tests.support.toy_app import MakeClient

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.decompress,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
VOLATILE = {"/api/admin/analytics/summary", "/metrics", "/readyz"}
"""Every response of these is another one; that of a summary says whether it was kept."""
LONG = {"description": "A long evening with many guests. " * 60}


@dataclass(frozen=True, slots=True)
class Received:
    """A response as it was sent, and its body decoded."""

    status: int
    headers: Mapping[str, str]
    sent: bytes

    @property
    def coding(self) -> str | None:
        return self.headers.get("Content-Encoding")

    @property
    def body(self) -> bytes:
        return DECODERS[self.coding](self.sent) if self.coding and self.sent else self.sent


@dataclass(frozen=True, slots=True)
class Raw:
    """A client that leaves bodies as they are sent."""

    session: aiohttp.ClientSession
    person: Person

    async def get(self, path: str, accepted: str | None = None, method: str = "GET", **headers: str) -> Received:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {} if accepted is None else {"Accept-Encoding": accepted}
        sent |= {"Authorization": f"Bearer {self.person.token}"} if self.person.token else {}
        url = self.person.client.make_url(path)
        async with self.session.request(method, url, headers=sent, allow_redirects=False) as answer:
            return Received(answer.status, answer.headers, await answer.read())


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers={"Accept-Encoding"}) as session:
        yield session


@pytest.fixture
def raw(session: aiohttp.ClientSession, api: Api) -> Raw:
    return Raw(session, api.anonymous)


def get_routes() -> dict[str, bool]:
    """Return the path of every GET route, and whether it answers without a sign-in."""
    return {
        route.resource.canonical: is_public(route.handler)
        for route in app_of(container_of("memory")).router.routes()
        if route.method == "GET" and route.resource is not None and not route.resource.canonical.endswith("/")
        if not is_for_people(route.handler) and route.resource.canonical != "/ws"  # which answers with messages
    }


async def test_every_get_route_sends_the_same_bytes_in_every_coding(api: Api, session: aiohttp.ClientSession) -> None:
    world, compressed = await create_world(api), set[str]()
    for path, public in get_routes().items():
        owner = "otto" if re.search("{event_id}|/webhooks|/analytics/", path) else "bea"
        client = Raw(session, world.people["admin" if "/admin/" in path else owner])
        address = f"/booking?token={world.tokens['booking_link']}" if path == "/booking" else path.format_map(world.ids)
        identity = await client.get(address, "identity")
        assert (identity.status, identity.coding) == (200, None), path
        for coding in CODINGS:
            received, head = await client.get(address, coding), await client.get(address, coding, method="HEAD")
            assert received.coding in (None, coding)
            if path not in VOLATILE:
                assert received.body == identity.body, path
                names = ("Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary")
                assert [head.headers.get(each) for each in names] == [received.headers.get(each) for each in names]
            assert head.sent == b""
            assert public or not received.coding, path
            compressed |= {path} if received.coding else set()
    assert {"/api/events", "/api/events/list", "/api/schema", "/problems", "/metrics"} <= compressed
    assert not {"/booking", "/healthz"} & compressed


@pytest.mark.parametrize("coding", CODINGS)
async def test_the_coding_is_named_in_content_encoding_etag_and_vary(raw: Raw, api: Api, coding: str) -> None:
    event = await create_event(await api.sign_in_organizer(), **LONG)
    path = f"/api/events/{event['id']}"
    identity, encoded = await raw.get(path), await raw.get(path, coding)
    assert (encoded.coding, json.loads(encoded.body)["name"]) == (coding, event["name"])
    assert int(encoded.headers["Content-Length"]) == len(encoded.sent) < len(identity.sent) / 3
    assert encoded.headers["ETag"] == identity.headers["ETag"][:-1] + f'-{coding}"'
    assert {each.headers["Vary"] for each in (identity, encoded)} == {"Authorization, Accept-Encoding"}
    assert encoded.headers["Content-Type"] == identity.headers["Content-Type"]


async def test_a_client_that_has_any_form_of_the_current_body_gets_304_for_that_form(raw: Raw, api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, **LONG)
    path = f"/api/events/{event['id']}"
    tags = [(await raw.get(path, accepted)).headers["ETag"] for accepted in ("identity", *CODINGS)]
    assert len(set(tags)) == 4
    for accepted in ("identity", *CODINGS):
        for tag in tags:
            for sent in (tag, f"W/{tag}", f'"x", {tag}'):
                answer = await raw.get(path, accepted, If_None_Match=sent)
                assert (answer.status, answer.sent, answer.coding) == (304, b"", None)
                assert (answer.headers["ETag"], answer.headers["Vary"]) == (tag, "Authorization, Accept-Encoding")
    assert (await organizer.patch(path, {"name": "Another night"})).status == 200
    for tag in tags:
        answer = await raw.get(path, "gzip", If_None_Match=tag)
        assert (answer.status, answer.coding) == (200, "gzip")


@pytest.mark.parametrize("coding", CODINGS)
async def test_the_tag_of_a_compressed_body_allows_an_edit(raw: Raw, api: Api, coding: str) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, **LONG)
    path = f"/api/events/{event['id']}"
    tag = (await raw.get(path, coding)).headers["ETag"]
    assert (await organizer.patch(path, {"name": "Another night"}, If_Match=tag)).status == 200
    assert (await organizer.patch(path, {"name": "A third night"}, If_Match=tag)).status == 412


async def test_bodies_that_belong_to_somebody_are_not_compressed(api: Api, session: aiohttp.ClientSession) -> None:
    world = await create_world(api)
    for who, path in (("bea", "/api/me/bookings"), ("admin", "/api/admin/bookings"), ("admin", "/api/admin/jobs")):
        answer = await Raw(session, world.people[who]).get(f"{path}?limit=100", "gzip, br, zstd")
        assert (answer.status, answer.coding, "Accept-Encoding" in answer.headers.get("Vary", "")) == (200, None, False)
    page = await Raw(session, api.anonymous).get(f"/booking?token={world.tokens['booking_link']}", "gzip, br, zstd")
    assert (page.status, len(page.sent) >= MIN_BYTES, page.coding) == (200, True, None)


async def test_problems_small_bodies_and_pictures_are_not_compressed(raw: Raw) -> None:
    missing = await raw.get("/api/nothing/" + "a" * 2 * MIN_BYTES, "gzip")
    assert (missing.status, len(missing.sent) >= MIN_BYTES, missing.coding) == (404, True, None)
    assert (await raw.get("/healthz", "gzip")).coding is None
    picture = await raw.get("/api/docs/assets/favicon-32x32.png", "gzip")
    assert (picture.status, picture.headers["Content-Type"], picture.coding) == (200, "image/png", None)


async def test_it_can_be_turned_off(api: Api, aiohttp_client: MakeClient, session: aiohttp.ClientSession) -> None:
    for compression in (True, False):
        app = build_app(api.container, Settings(profile=Profile.MEMORY, compression=compression))
        answer = await Raw(session, Person(await aiohttp_client(app), None)).get("/api/schema", "gzip")
        assert (answer.coding == "gzip", "Vary" in answer.headers) == (compression, compression)


async def test_another_origins_name_is_kept_in_vary(make_api: MakeApi, session: aiohttp.ClientSession) -> None:
    api = await make_api(options=HttpOptions(cors_origins=("https://tickets.example.org",)))
    answer = await Raw(session, api.anonymous).get("/api/schema", "gzip")
    assert answer.headers["Vary"] == "Accept-Encoding, Origin"


LONG_BODY = b"moon " * MIN_BYTES_IN_THREAD


@pytest.mark.parametrize(
    ("headers", "is_compressed"),
    [
        ({"Content-Type": "text/plain; charset=utf-8"}, True),
        ({"Content-Type": "application/ld+json"}, True),
        ({"Content-Type": "image/svg+xml"}, True),
        ({"Content-Type": "application/json", "Cache-Control": "max-age=60"}, True),
        ({"Content-Type": "application/json", "Cache-Control": "max-age=60, no-transform"}, False),
        ({"Content-Type": "application/json", "Cache-Control": "No-Transform"}, False),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, False),
        ({"Content-Type": "application/zip"}, False),
        ({"Content-Type": "image/png"}, False),
        ({"Content-Type": "application/octet-stream"}, False),
    ],
)
async def test_the_type_and_the_handler_decide(
    aiohttp_client: MakeClient, session: aiohttp.ClientSession, headers: dict[str, str], is_compressed: bool
) -> None:
    body = gzip.compress(LONG_BODY) if "Content-Encoding" in headers else LONG_BODY

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={**headers, "ETag": 'W/"a"', "Vary": "Accept-Language"})

    app = web.Application(middlewares=[compress_responses([show])])
    app.add_routes([web.get("/", show), web.post("/", show)])
    client = Raw(session, Person(await aiohttp_client(app), None))
    answer = await client.get("/", "br")
    assert (answer.coding == "br", answer.headers["ETag"] == 'W/"a-br"') == (is_compressed, is_compressed)
    assert (answer.body, answer.headers["Vary"]) == (LONG_BODY, "Accept-Language, Accept-Encoding")
    posted = await client.get("/", "br", method="POST")
    assert (posted.sent, posted.headers["Vary"]) == (body, "Accept-Language")


async def test_a_kept_body_is_compressed_once(aiohttp_client: MakeClient, session: aiohttp.ClientSession) -> None:
    kept = KeptBody(LONG_BODY)

    async def show(_: web.Request) -> web.Response:
        return kept.response({"Content-Type": "text/plain"})

    app = web.Application(middlewares=[compress_responses([show])])
    app.add_routes([web.get("/", show)])
    client = Raw(session, Person(await aiohttp_client(app), None))
    for coding in CODINGS:
        first = await kept.encode(coding)
        answer = await client.get("/", coding)
        assert (answer.sent, answer.body) == (first, LONG_BODY)
        assert await kept.encode(coding) is first
    assert (await client.get("/", "identity")).sent == LONG_BODY


def test_the_smallest_form_of_a_kept_body_is_preferred_unless_making_it_takes_long() -> None:
    assert choose_coding("gzip, zstd, br", KeptBody(b"a script").codings) == "br"
    assert choose_coding("gzip, zstd, br", KeptBody(bytes(MAX_BYTES_IN_SMALLEST + 1)).codings) == "zstd"
