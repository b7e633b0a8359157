"""Pages by plain HTTP (D2), against real servers on this machine."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from adapters.network.public_resolver import PublicResolver
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import Politeness
from core.discovery.errors import FetchFailed
from core.discovery.model import FetchedPage, Rejected
from core.shared import ip_addresses
from core.shared.ip_addresses import is_public
from tests.support.local_site import NOON, TOWN, Listed, LocalSite, Says, Start, Time, a_page, all_of, any_address


@pytest.fixture
def pages(time: Time, politeness: Politeness) -> HttpPageSource:
    return HttpPageSource(politeness, time, any_address)


async def test_pages_come_as_they_were_sent_numbered_and_dated(start: Start, pages: HttpPageSource, time: Time) -> None:
    bytes_of_no_encoding = b"<p>caf\xe9\x00</p>"
    site = LocalSite({"/a": Says(body=bytes_of_no_encoding), "/b?page=2": Says(body="two")})
    base = await start(site)
    first, second = await all_of(pages, base + "/a", base + "/b?page=2")
    assert first == FetchedPage(base + "/a", bytes_of_no_encoding, first.fetched_at, asked=TOWN, number=1)
    assert (second.url, second.body, second.number) == (base + "/b?page=2", b"two", 2)
    assert first.fetched_at is not None
    assert second.fetched_at is not None
    assert (second.fetched_at - first.fetched_at).total_seconds() == 1
    assert time.now() == second.fetched_at > NOON


async def test_we_say_who_we_are(start: Start, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Says()})
    await all_of(pages, await start(site) + "/a")
    assert site.agents == {"Nocturne/0.1 (self-hosted event platform)"}


async def test_a_page_is_fetched_only_when_it_is_asked_for(start: Start, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Says(), "/b": Says()})
    base = await start(site)
    run = pages.of(Listed(base + "/a", base + "/b"), TOWN, 2)
    await anext(run)
    assert site.pages_asked == ["/a"]


async def test_no_more_pages_are_fetched_than_wanted(start: Start, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Says(), "/b": Says()})
    base = await start(site)
    assert len([page async for page in pages.of(Listed(base + "/a", base + "/b"), TOWN, 1)]) == 1
    assert site.pages_asked == ["/a"]


async def test_pages_that_stand_alone_are_had_each_for_itself(start: Start, pages: HttpPageSource) -> None:
    class Alone(Listed):
        stand_alone: ClassVar[bool] = True

    base = await start(LocalSite({"/a": Says(), "/gone": Says(404), "/b": Says()}))
    first, gone, last = [page async for page in pages.of(Alone(base + "/a", base + "/gone", base + "/b"), None, 3)]
    assert isinstance(first, FetchedPage)
    assert isinstance(last, FetchedPage)
    assert (first.number, last.number, last.asked) == (1, 1, None)
    assert isinstance(gone, Rejected)
    assert (gone.what, "no such page" in gone.reason) == (base + "/gone", True)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_the_page_tells_where_it_was(
    status: int, start: Start, pages: HttpPageSource
) -> None:
    base = await start(LocalSite({"/old": Says(status, headers={"Location": "new/?b=c"}), "/new/?b=c": Says()}))
    (page,) = await all_of(pages, base + "/old")
    assert page.url == base + "/new/?b=c"


async def test_a_redirect_does_not_get_around_robots_txt(start: Start, pages: HttpPageSource) -> None:
    forbidden = LocalSite({"/robots.txt": Says(body="User-agent: *\nDisallow: /a"), "/a": Says()})
    target = await start(forbidden) + "/a"
    with pytest.raises(FetchFailed, match=r"robots\.txt .* does not let us read"):
        await all_of(pages, await start(LocalSite({"/a": Says(302, headers={"Location": target})})) + "/a")
    assert forbidden.pages_asked == []


async def test_a_circle_of_redirects_ends(start: Start, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Says(302, headers={"Location": "/b"}), "/b": Says(302, headers={"Location": "/a"})})
    with pytest.raises(FetchFailed, match="redirects more than 10 times"):
        await all_of(pages, await start(site) + "/a")
    assert len(site.pages_asked) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "javascript:alert(1)", "http://[a"])
async def test_a_redirect_off_the_web_is_refused(target: str, start: Start, pages: HttpPageSource) -> None:
    with pytest.raises(FetchFailed, match="is not a web address"):
        await all_of(pages, await start(LocalSite({"/a": Says(302, headers={"Location": target})})) + "/a")


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
    status: int, sentence: str, start: Start, pages: HttpPageSource
) -> None:
    url = await start(LocalSite({"/a": Says(status, "" if status == 304 else "<p>an event</p>")})) + "/a"
    with pytest.raises(FetchFailed) as failure:
        await all_of(pages, url)
    assert failure.value.detail == f"{url} {sentence}"


async def test_a_failing_site_that_recovers_is_read(start: Start, pages: HttpPageSource, time: Time) -> None:
    site = LocalSite({"/a": [Says(500), Says(429, headers={"Retry-After": "7"}), Says(body="at last")]})
    (page,) = await all_of(pages, await start(site) + "/a")
    assert page.body == b"at last"
    assert sum(time.slept) > 8


async def test_a_site_that_is_too_slow_fails_in_time(start: Start, time: Time) -> None:
    class Slow(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/robots.txt":
                return web.Response(status=404)
            self.asked.append(request.path)
            drip = web.StreamResponse()
            await drip.prepare(request)
            while True:
                await drip.write(b".")
                await asyncio.sleep(0.02)

    site = Slow({})
    pages = HttpPageSource(Politeness(time, tries=2, sleep=time.sleep), time, any_address, longest=1)
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match="did not answer within 1 seconds"):
            await all_of(pages, await start(site) + "/a")
    assert len(site.asked) == 2


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_page_that_is_too_large_is_not_read_to_its_end(
    compressed: bool, start: Start, time: Time, politeness: Politeness
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

    pages = HttpPageSource(politeness, time, any_address, largest=1_000_000)
    with pytest.raises(FetchFailed, match="is larger than 1,000,000 bytes"):
        await all_of(pages, await start(Endless({})) + "/a")


async def test_a_page_of_just_the_size_allowed_is_read(start: Start, time: Time, politeness: Politeness) -> None:
    pages = HttpPageSource(politeness, time, any_address, largest=1000)
    (page,) = await all_of(pages, await start(LocalSite({"/a": Says(body=b"0" * 1000)})) + "/a")
    assert len(page.body) == 1000


async def test_a_failed_page_ends_the_run_and_those_before_it_stay(start: Start, pages: HttpPageSource) -> None:
    base = await start(LocalSite({"/a": Says()}))
    run = pages.of(Listed(base + "/a", base + "/gone"), TOWN, 2)
    assert a_page(await anext(run)).number == 1
    with pytest.raises(FetchFailed, match="there is no such page"):
        await anext(run)


# Our own network


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
)
async def test_a_private_address_is_not_read(host: str, time: Time, politeness: Politeness) -> None:
    with pytest.raises(FetchFailed, match="is the private address"):
        await all_of(HttpPageSource(politeness, time, PublicResolver), f"http://{host}:1/a")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_an_odd_spelling_of_a_private_address_is_not_read(host: str, time: Time, politeness: Politeness) -> None:
    with pytest.raises(FetchFailed, match="left alone"):
        await all_of(HttpPageSource(politeness, time, PublicResolver), f"http://{host}:1/a")


@pytest.mark.parametrize("inside", ["127.0.0.1", "localhost"])
async def test_a_redirect_does_not_lead_inside(
    inside: str, aiohttp_server: AiohttpServer, time: Time, politeness: Politeness, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = LocalSite({"/secret": Says()})
    port = (await aiohttp_server(secret.app())).port
    outside = LocalSite({"/a": Says(302, headers={"Location": f"http://{inside}:{port}/secret"})})
    # No address of this machine is public, so one of them is declared to be.
    monkeypatch.setattr(ip_addresses, "is_public", lambda address: address == "127.0.0.2")
    server = await aiohttp_server(outside.app(), host="127.0.0.2")
    with pytest.raises(FetchFailed, match="is the private address"):
        await all_of(HttpPageSource(politeness, time, PublicResolver), str(server.make_url("/a")))
    assert (outside.pages_asked, secret.asked) == (["/a"], [])


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
