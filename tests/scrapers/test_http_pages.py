"""Pages by plain HTTP (D2), against real servers on this machine."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from adapters.network.public_resolver import PublicResolver
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import PoliteRequester
from core.discovery.errors import FetchFailed
from core.discovery.model import FetchedPage, Rejection
from core.shared import ip_addresses
from core.shared.ip_addresses import is_public
from tests.support.local_site import (
    NOON,
    TOWN,
    ListedSite,
    LocalSite,
    ManualClock,
    Reply,
    ServeSite,
    any_address,
    as_page,
    fetch_all,
)


@pytest.fixture
def pages(clock: ManualClock, requester: PoliteRequester) -> HttpPageSource:
    return HttpPageSource(requester, clock, any_address)


async def test_pages_have_the_bytes_received_a_number_and_a_time(
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


async def test_requests_have_our_user_agent(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply()})
    await fetch_all(pages, await serve(site) + "/a")
    assert site.agents == {"Nocturne/0.1 (self-hosted event platform)"}


async def test_a_page_is_fetched_only_when_it_is_requested(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(), "/b": Reply()})
    base = await serve(site)
    run = pages.fetch_pages(ListedSite(base + "/a", base + "/b"), TOWN, 2)
    await anext(run)
    assert site.requested_pages == ["/a"]


async def test_at_most_max_pages_are_fetched(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(), "/b": Reply()})
    base = await serve(site)
    assert len([page async for page in pages.fetch_pages(ListedSite(base + "/a", base + "/b"), TOWN, 1)]) == 1
    assert site.requested_pages == ["/a"]


async def test_an_independent_page_that_fails_does_not_end_the_run(serve: ServeSite, pages: HttpPageSource) -> None:
    class IndependentPages(ListedSite):
        has_independent_pages: ClassVar[bool] = True

    base = await serve(LocalSite({"/a": Reply(), "/missing": Reply(404), "/b": Reply()}))
    first, missing, last = [
        page async for page in pages.fetch_pages(IndependentPages(base + "/a", base + "/missing", base + "/b"), None, 3)
    ]
    assert isinstance(first, FetchedPage)
    assert isinstance(last, FetchedPage)
    assert (first.number, last.number, last.requested_city) == (1, 1, None)
    assert isinstance(missing, Rejection)
    assert (missing.what, "no such page" in missing.reason) == (base + "/missing", True)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_the_page_has_the_final_url(
    status: int, serve: ServeSite, pages: HttpPageSource
) -> None:
    base = await serve(LocalSite({"/old": Reply(status, headers={"Location": "new/?b=c"}), "/new/?b=c": Reply()}))
    (page,) = await fetch_all(pages, base + "/old")
    assert page.url == base + "/new/?b=c"


async def test_a_redirect_to_a_page_that_robots_txt_forbids_is_not_followed(
    serve: ServeSite, pages: HttpPageSource
) -> None:
    forbidden = LocalSite({"/robots.txt": Reply(body="User-agent: *\nDisallow: /a"), "/a": Reply()})
    target = await serve(forbidden) + "/a"
    with pytest.raises(FetchFailed, match=r"robots\.txt .* does not let us read"):
        await fetch_all(pages, await serve(LocalSite({"/a": Reply(302, headers={"Location": target})})) + "/a")
    assert forbidden.requested_pages == []


async def test_a_redirect_loop_ends(serve: ServeSite, pages: HttpPageSource) -> None:
    site = LocalSite({"/a": Reply(302, headers={"Location": "/b"}), "/b": Reply(302, headers={"Location": "/a"})})
    with pytest.raises(FetchFailed, match="redirects more than 10 times"):
        await fetch_all(pages, await serve(site) + "/a")
    assert len(site.requested_pages) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "javascript:alert(1)", "http://[a"])
async def test_a_redirect_to_no_web_address_is_refused(target: str, serve: ServeSite, pages: HttpPageSource) -> None:
    with pytest.raises(FetchFailed, match="is not a web address"):
        await fetch_all(pages, await serve(LocalSite({"/a": Reply(302, headers={"Location": target})})) + "/a")


# Failures


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (401, "answered 401 instead of a page."),
        (403, "answered 403: the site does not let us read this page."),
        (404, "answered 404: there is no such page."),
        (410, "answered 410: there is no such page."),
        (429, "answered 429: the site received too many requests."),
        (500, "answered 500: the site has a problem."),
        (304, "answered 304 instead of a page."),
    ],
)
async def test_an_error_status_fails_with_the_url_and_its_meaning(
    status: int, meaning: str, serve: ServeSite, pages: HttpPageSource
) -> None:
    url = await serve(LocalSite({"/a": Reply(status, "" if status == 304 else "<p>an event</p>")})) + "/a"
    with pytest.raises(FetchFailed) as failure:
        await fetch_all(pages, url)
    assert failure.value.detail == f"{url} {meaning}"


async def test_a_site_that_recovers_from_a_failure_is_read(
    serve: ServeSite, pages: HttpPageSource, clock: ManualClock
) -> None:
    site = LocalSite({"/a": [Reply(500), Reply(429, headers={"Retry-After": "7"}), Reply(body="at last")]})
    (page,) = await fetch_all(pages, await serve(site) + "/a")
    assert page.body == b"at last"
    assert sum(clock.slept) > 8


async def test_a_slow_response_times_out(serve: ServeSite, clock: ManualClock) -> None:
    class Slow(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/robots.txt":
                return web.Response(status=404)
            self.requested_paths.append(request.path)
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b".")
                await asyncio.sleep(0.02)

    site = Slow({})
    pages = HttpPageSource(
        PoliteRequester(clock, max_attempts=2, sleep=clock.sleep), clock, any_address, timeout_seconds=1
    )
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match="did not answer within 1 seconds"):
            await fetch_all(pages, await serve(site) + "/a")
    assert len(site.requested_paths) == 2


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_page_that_is_too_large_is_not_read_to_the_end(
    compressed: bool, serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    class Endless(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/robots.txt":
                return web.Response(status=404)
            response = web.StreamResponse()
            if compressed:
                response.enable_compression(web.ContentCoding.gzip)
            await response.prepare(request)
            while True:
                await response.write(b"0" * 65536)

    pages = HttpPageSource(requester, clock, any_address, max_bytes=1_000_000)
    with pytest.raises(FetchFailed, match="is larger than 1,000,000 bytes"):
        await fetch_all(pages, await serve(Endless({})) + "/a")


async def test_a_page_of_the_maximum_size_is_read(
    serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    pages = HttpPageSource(requester, clock, any_address, max_bytes=1000)
    (page,) = await fetch_all(pages, await serve(LocalSite({"/a": Reply(body=b"0" * 1000)})) + "/a")
    assert len(page.body) == 1000


async def test_a_page_that_fails_ends_the_run_after_the_pages_before_it(
    serve: ServeSite, pages: HttpPageSource
) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    run = pages.fetch_pages(ListedSite(base + "/a", base + "/missing"), TOWN, 2)
    assert as_page(await anext(run)).number == 1
    with pytest.raises(FetchFailed, match="there is no such page"):
        await anext(run)


# Private addresses


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
)
async def test_a_private_address_is_not_requested(host: str, clock: ManualClock, requester: PoliteRequester) -> None:
    with pytest.raises(FetchFailed, match="is the private address"):
        await fetch_all(HttpPageSource(requester, clock, PublicResolver), f"http://{host}:1/a")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_another_spelling_of_a_private_address_is_not_requested(
    host: str, clock: ManualClock, requester: PoliteRequester
) -> None:
    with pytest.raises(FetchFailed, match="was skipped"):
        await fetch_all(HttpPageSource(requester, clock, PublicResolver), f"http://{host}:1/a")


@pytest.mark.parametrize("private", ["127.0.0.1", "localhost"])
async def test_a_redirect_to_a_private_address_is_not_followed(
    private: str,
    aiohttp_server: AiohttpServer,
    clock: ManualClock,
    requester: PoliteRequester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = LocalSite({"/secret": Reply()})
    port = (await aiohttp_server(secret.app())).port
    public_site = LocalSite({"/a": Reply(302, headers={"Location": f"http://{private}:{port}/secret"})})
    # No address of this machine is public, so the test declares one of them public.
    monkeypatch.setattr(ip_addresses, "is_public", lambda address: address == "127.0.0.2")
    server = await aiohttp_server(public_site.app(), host="127.0.0.2")
    with pytest.raises(FetchFailed, match="is the private address"):
        await fetch_all(HttpPageSource(requester, clock, PublicResolver), str(server.make_url("/a")))
    assert (public_site.requested_pages, secret.requested_paths) == (["/a"], [])


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - only data in this test
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
def test_private_addresses(address: str) -> None:
    assert not is_public(address)
