"""Pages by plain HTTP (D2), against real servers on this machine."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from adapters.sources.fetching import public_addresses
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import PoliteRequester
from core.discovery.errors import FetchFailed
from core.discovery.model import FetchedPage, Rejection
from core.shared.ip_addresses import is_public
from tests.support.local_site import (
    NOON,
    TOWN,
    ListedSite,
    LocalSite,
    ManualClock,
    Reply,
    ServeSite,
    as_page,
    fetch_all,
)


@pytest.fixture
def pages(clock: ManualClock, requester: PoliteRequester) -> HttpPageSource:
    return HttpPageSource(requester, clock, allow_private=True)


async def test_pages_come_as_they_were_sent_numbered_and_dated(
    serve: ServeSite, pages: HttpPageSource, clock: ManualClock
) -> None:
    bytes_of_no_encoding = b"<p>caf\xe9\x00</p>"
    site = LocalSite({"/a": Reply(body=bytes_of_no_encoding), "/b?page=2": Reply(body="two")})
    base = await serve(site)
    first, second = await fetch_all(pages, base + "/a", base + "/b?page=2")
    assert first == FetchedPage(base + "/a", bytes_of_no_encoding, first.fetched_at, requested_city=TOWN, number=1)
    assert (second.url, second.body, second.number) == (base + "/b?page=2", b"two", 2)
    assert first.fetched_at is not None
    assert second.fetched_at is not None
    assert (second.fetched_at - first.fetched_at).total_seconds() == 1
    assert clock.now() == second.fetched_at > NOON


async def test_we_say_who_we_are(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply()})
    await fetch_all(pages, await serve(site) + "/a")
    assert site.agents == {"Nocturne/0.1 (self-hosted event platform)"}


async def test_a_page_is_fetched_only_when_it_is_asked_for(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(), "/b": Reply()})
    base = await serve(site)
    run = pages.fetch_pages(ListedSite(base + "/a", base + "/b"), TOWN, 2)
    await anext(run)
    assert site.requested_pages == ["/a"]


async def test_no_more_pages_are_fetched_than_wanted(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(), "/b": Reply()})
    base = await serve(site)
    assert len([page async for page in pages.fetch_pages(ListedSite(base + "/a", base + "/b"), TOWN, 1)]) == 1
    assert site.requested_pages == ["/a"]


async def test_pages_that_stand_alone_are_had_each_for_itself(serve: ServeSite, pages: HttpPageSource) -> None:
    class Alone(ListedSite):
        has_independent_pages: ClassVar[bool] = True

    base = await serve(LocalSite({"/a": Reply(), "/gone": Reply(404), "/b": Reply()}))
    first, gone, last = [
        page async for page in pages.fetch_pages(Alone(base + "/a", base + "/gone", base + "/b"), None, 3)
    ]
    assert isinstance(first, FetchedPage)
    assert isinstance(last, FetchedPage)
    assert (first.number, last.number, last.requested_city) == (1, 1, None)
    assert isinstance(gone, Rejection)
    assert (gone.what, "no such page" in gone.reason) == (base + "/gone", True)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_the_page_tells_where_it_was(
    status: int, serve: ServeSite, pages: HttpPageSource
) -> None:
    base = await serve(LocalSite({"/old": Reply(status, headers={"Location": "new/?b=c"}), "/new/?b=c": Reply()}))
    (page,) = await fetch_all(pages, base + "/old")
    assert page.url == base + "/new/?b=c"


async def test_a_redirect_does_not_get_around_robots_txt(serve: ServeSite, pages: HttpPageSource) -> None:
    forbidden = LocalSite({"/robots.txt": Reply(body="User-agent: *\nDisallow: /a"), "/a": Reply()})
    target = await serve(forbidden) + "/a"
    with pytest.raises(FetchFailed, match=r"robots\.txt .* does not let us read"):
        await fetch_all(pages, await serve(LocalSite({"/a": Reply(302, headers={"Location": target})})) + "/a")
    assert forbidden.requested_pages == []


async def test_a_circle_of_redirects_ends(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(302, headers={"Location": "/b"}), "/b": Reply(302, headers={"Location": "/a"})})
    with pytest.raises(FetchFailed, match="redirects more than 10 times"):
        await fetch_all(pages, await serve(site) + "/a")
    assert len(site.requested_pages) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "javascript:alert(1)", "http://[a"])
async def test_a_redirect_off_the_web_is_refused(target: str, serve: ServeSite, pages: HttpPageSource) -> None:
    with pytest.raises(FetchFailed, match="is not a web address"):
        await fetch_all(pages, await serve(LocalSite({"/a": Reply(302, headers={"Location": target})})) + "/a")


# Refusals and trouble


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "answered 401 instead of a page."),
        (403, "answered 403: the site does not let us read this page."),
        (404, "answered 404: there is no such page."),
        (410, "answered 410: there is no such page."),
        (429, "answered 429: the site asks us to come less often."),
        (500, "answered 500: the site is in trouble."),
        (304, "answered 304 instead of a page."),
    ],
)
async def test_an_answer_that_is_no_page_fails_with_its_url_and_what_it_means(
    status: int, sentence: str, serve: ServeSite, pages: HttpPageSource
) -> None:
    url = await serve(LocalSite({"/a": Reply(status, "" if status == 304 else "<p>an event</p>")})) + "/a"
    with pytest.raises(FetchFailed) as failure:
        await fetch_all(pages, url)
    assert failure.value.detail == f"{url} {sentence}"


async def test_a_failing_site_that_recovers_is_read(
    serve: ServeSite, pages: HttpPageSource, clock: ManualClock
) -> None:
    site = LocalSite({"/a": [Reply(500), Reply(429, headers={"Retry-After": "7"}), Reply(body="at last")]})
    (page,) = await fetch_all(pages, await serve(site) + "/a")
    assert page.body == b"at last"
    assert sum(clock.slept) > 8


async def test_a_site_that_is_too_slow_fails_in_time(serve: ServeSite, clock: ManualClock) -> None:
    class Slow(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/robots.txt":
                return web.Response(status=404)
            self.requested_city.append(request.path)
            drip = web.StreamResponse()
            await drip.prepare(request)
            while True:
                await drip.write(b".")
                await asyncio.sleep(0.02)

    site = Slow({})
    pages = HttpPageSource(
        PoliteRequester(clock, max_attempts=2, sleep=clock.sleep), clock, timeout_seconds=1, allow_private=True
    )
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match="did not answer within 1 seconds"):
            await fetch_all(pages, await serve(site) + "/a")
    assert len(site.requested_city) == 2


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_page_that_is_too_large_is_not_read_to_its_end(
    compressed: bool, serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    class Endless(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/robots.txt":
                return web.Response(status=404)
            flood = web.StreamResponse()
            if compressed:
                flood.enable_compression(web.ContentCoding.gzip)
            await flood.prepare(request)
            while True:
                await flood.write(b"0" * 65536)

    pages = HttpPageSource(requester, clock, max_bytes=1_000_000, allow_private=True)
    with pytest.raises(FetchFailed, match="is larger than 1,000,000 bytes"):
        await fetch_all(pages, await serve(Endless({})) + "/a")


async def test_a_page_of_just_the_size_allowed_is_read(
    serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    pages = HttpPageSource(requester, clock, max_bytes=1000, allow_private=True)
    (page,) = await fetch_all(pages, await serve(LocalSite({"/a": Reply(body=b"0" * 1000)})) + "/a")
    assert len(page.body) == 1000


async def test_a_failed_page_ends_the_run_and_those_before_it_stay(serve: ServeSite, pages: HttpPageSource) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    run = pages.fetch_pages(ListedSite(base + "/a", base + "/gone"), TOWN, 2)
    assert as_page(await anext(run)).number == 1
    with pytest.raises(FetchFailed, match="there is no such page"):
        await anext(run)


# Our own network


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
)
async def test_a_private_address_is_not_read(host: str, clock: ManualClock, requester: PoliteRequester) -> None:
    with pytest.raises(FetchFailed, match="is the private address"):
        await fetch_all(HttpPageSource(requester, clock), f"http://{host}:1/a")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_an_odd_spelling_of_a_private_address_is_not_read(
    host: str, clock: ManualClock, requester: PoliteRequester
) -> None:
    with pytest.raises(FetchFailed, match="left alone"):
        await fetch_all(HttpPageSource(requester, clock), f"http://{host}:1/a")


@pytest.mark.parametrize("inside", ["127.0.0.1", "localhost"])
async def test_a_redirect_does_not_lead_inside(
    inside: str,
    aiohttp_server: AiohttpServer,
    clock: ManualClock,
    requester: PoliteRequester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = LocalSite({"/secret": Reply()})
    port = (await aiohttp_server(secret.app())).port
    outside = LocalSite({"/a": Reply(302, headers={"Location": f"http://{inside}:{port}/secret"})})
    # No address of this machine is public, so one of them is declared to be.
    monkeypatch.setattr(public_addresses, "is_public", lambda address: address == "127.0.0.2")
    server = await aiohttp_server(outside.app(), host="127.0.0.2")
    with pytest.raises(FetchFailed, match="is the private address"):
        await fetch_all(HttpPageSource(requester, clock), str(server.make_url("/a")))
    assert (outside.requested_pages, secret.requested_city) == (["/a"], [])


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address like any other here
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
    ],
)
def test_addresses_of_no_use_outside_are_private(address: str) -> None:
    assert not is_public(address)
