"""Polite requests to other sites (D2), against real servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.responses import HttpResponse, NoResponse, Send, origin_of
from adapters.sources.fetching.web_client import open_web_client
from core.discovery.errors import FetchFailed
from tests.support.local_site import NOON, LocalSite, ManualClock, Reply, ServeSite, any_address

NO_RULES = Reply(404)
Get = Callable[[str], Awaitable[HttpResponse]]


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    async with open_web_client("Nocturne/0.1 (tests)", any_address) as send:
        yield send


@pytest.fixture
def get(requester: PoliteRequester, send: Send) -> Get:
    return lambda url: requester.request(url, send, send)


# robots.txt


@pytest.mark.parametrize("status", [404, 410, 401, 403])
async def test_a_site_without_a_robots_txt_may_be_read(status: int, serve: ServeSite, get: Get) -> None:
    site = LocalSite({"/robots.txt": Reply(status), "/a": Reply()})
    response = await get(await serve(site) + "/a")
    assert (response.status, site.requested_paths) == (200, ["/robots.txt", "/a"])


async def test_a_page_that_robots_txt_forbids_is_not_requested(serve: ServeSite, get: Get) -> None:
    site = LocalSite(
        {"/robots.txt": Reply(body="User-agent: *\nDisallow: /private"), "/private/a": Reply(), "/b": Reply()}
    )
    base = await serve(site)
    with pytest.raises(FetchFailed, match=r"robots\.txt of http://127.0.0.1:\d+ does not let us read"):
        await get(base + "/private/a")
    await get(base + "/b")
    assert site.requested_pages == ["/b"]


async def test_rules_for_our_name_take_precedence_over_general_rules(serve: ServeSite, get: Get) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: nocturne\nDisallow: /no"
    site = LocalSite({"/robots.txt": Reply(body=rules), "/yes": Reply(), "/no": Reply()})
    base = await serve(site)
    await get(base + "/yes")
    with pytest.raises(FetchFailed):
        await get(base + "/no")
    assert site.requested_pages == ["/yes"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_site_whose_robots_txt_fails_is_skipped(status: int, serve: ServeSite, get: Get) -> None:
    site = LocalSite({"/robots.txt": Reply(status), "/a": Reply()})
    base = await serve(site)
    for _ in range(2):
        with pytest.raises(FetchFailed, match=f"was skipped: it answered {status}"):
            await get(base + "/a")
    assert site.requested_paths == ["/robots.txt"] * 4  # one request with its retries; the failure is remembered


async def test_a_skipped_site_is_tried_again_later(serve: ServeSite, clock: ManualClock, get: Get) -> None:
    site = LocalSite({"/robots.txt": [Reply(500)] * 4 + [NO_RULES], "/a": Reply()})
    base = await serve(site)
    with pytest.raises(FetchFailed):
        await get(base + "/a")
    clock.moment += timedelta(minutes=11)
    assert (await get(base + "/a")).status == 200


async def test_an_unreachable_site_is_skipped(unused_tcp_port: int, get: Get) -> None:
    with pytest.raises(FetchFailed, match=r"was skipped: .*could not be reached"):
        await get(f"http://127.0.0.1:{unused_tcp_port}/a")


async def test_robots_txt_is_requested_once_a_day(serve: ServeSite, clock: ManualClock, get: Get) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, **{f"/{number}": Reply() for number in range(5)}})
    base = await serve(site)
    await asyncio.gather(*(get(f"{base}/{number}") for number in range(5)))
    assert site.requested_paths.count("/robots.txt") == 1
    clock.moment += timedelta(hours=25)
    await get(base + "/0")
    assert site.requested_paths.count("/robots.txt") == 2


async def test_a_redirect_of_robots_txt_to_another_host_is_followed(serve: ServeSite, get: Get) -> None:
    elsewhere = await serve(LocalSite({"/rules": Reply(body="User-agent: *\nDisallow: /a")}))
    site = LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{elsewhere}/rules"}), "/a": Reply()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await get(await serve(site) + "/a")
    assert site.requested_pages == []


async def test_two_robots_txt_that_redirect_to_each_other_cause_no_deadlock(
    serve: ServeSite, aiohttp_server: AiohttpServer, get: Get, unused_tcp_port: int
) -> None:
    there = f"http://localhost:{unused_tcp_port}"
    here = await serve(
        LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{there}/robots.txt"}), "/a": Reply()})
    )
    back = LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{here}/robots.txt"}), "/a": Reply()})
    await aiohttp_server(back.app(), port=unused_tcp_port)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(get(f"{base}/a") for base in (here, there)))
    assert [response.status for response in answers] == [200, 200]


async def test_a_robots_txt_with_invalid_bytes_is_read(serve: ServeSite, get: Get) -> None:
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /a # caf\xe9\n\xff\xfe\x00"
    site = LocalSite({"/robots.txt": Reply(body=rules), "/a": Reply()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await get(await serve(site) + "/a")


# Delays


async def test_requests_to_a_host_are_one_second_apart(serve: ServeSite, clock: ManualClock, get: Get) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    for _ in range(3):
        await get(base + "/a")
    assert clock.slept == [1.0, 1.0, 1.0]  # robots.txt, and three pages


async def test_time_that_has_passed_shortens_the_delay(serve: ServeSite, clock: ManualClock, get: Get) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    await get(base + "/a")
    clock.moment += timedelta(seconds=0.75)
    await get(base + "/a")
    assert clock.slept == [1.0, 0.25]


async def test_the_delay_applies_after_a_failed_request_too(serve: ServeSite, clock: ManualClock, send: Send) -> None:
    async def fails(url: str) -> HttpResponse:
        raise NoResponse(url)

    requester = PoliteRequester(clock, max_attempts=1, sleep=clock.sleep)
    base = await serve(LocalSite({}))
    for _ in range(2):
        with pytest.raises(NoResponse):
            await requester.request(base + "/a", fails, send)
    assert clock.slept == [1.0, 1.0]


@pytest.mark.parametrize(("crawl_delay", "delay"), [("0.2", 1.0), ("5", 5.0), ("3600", 30.0), ("nonsense", 1.0)])
async def test_a_crawl_delay_is_respected_up_to_a_limit(
    crawl_delay: str, delay: float, serve: ServeSite, clock: ManualClock, get: Get
) -> None:
    site = LocalSite({"/robots.txt": Reply(body=f"User-agent: *\nCrawl-delay: {crawl_delay}"), "/a": Reply()})
    base = await serve(site)
    await get(base + "/a")
    await get(base + "/a")
    assert clock.slept == [delay, delay]


async def test_a_clock_that_is_set_back_does_not_prolong_the_delay(
    serve: ServeSite, clock: ManualClock, get: Get
) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    await get(base + "/a")
    clock.moment -= timedelta(hours=1)
    clock.slept.clear()
    await get(base + "/a")
    assert clock.slept == [1.0]


class ConcurrencyCounter(LocalSite):
    """Records the maximum number of concurrent requests."""

    current = maximum = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.current += 1
        self.maximum = max(self.maximum, self.current)
        await asyncio.sleep(0.01)
        self.current -= 1
        return await super().answer(request)


async def test_a_host_gets_one_request_at_a_time(serve: ServeSite, get: Get) -> None:
    site = ConcurrencyCounter({"/a": Reply()})
    base = await serve(site)
    await asyncio.gather(*(get(base + "/a") for _ in range(5)))
    assert (len(site.requested_pages), site.maximum) == (5, 1)


async def test_a_slow_host_does_not_delay_another(serve: ServeSite, aiohttp_server: AiohttpServer, get: Get) -> None:
    other_was_requested = asyncio.Event()

    class Waiting(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            await other_was_requested.wait()
            return await super().answer(request)

    class Signalling(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            other_was_requested.set()
            return await super().answer(request)

    slow = await serve(Waiting({"/a": Reply()}))
    other = (await serve(Signalling({"/a": Reply()}))).replace("127.0.0.1", "localhost")
    async with asyncio.timeout(60):
        await asyncio.gather(get(slow + "/a"), get(other + "/a"))


# Retries


async def test_a_temporary_failure_is_retried(serve: ServeSite, get: Get) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(500), Reply(503), Reply()]})
    assert (await get(await serve(site) + "/a")).status == 200
    assert site.requested_pages == ["/a"] * 3


async def test_a_lasting_failure_is_returned_after_four_attempts_with_backoff(
    serve: ServeSite, clock: ManualClock, get: Get
) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(502)})
    assert (await get(await serve(site) + "/a")).status == 502
    assert site.requested_pages == ["/a"] * 4
    _, first, second, third = clock.slept  # the first belongs to robots.txt
    assert 1 <= first <= 2 <= second <= 3
    assert 4 <= third <= 5


async def test_the_backoff_has_jitter() -> None:
    async def fails(url: str) -> HttpResponse:
        return HttpResponse(url, 404 if url.endswith("robots.txt") else 500)

    slept = set()
    for _ in range(8):
        clock = ManualClock()
        await PoliteRequester(clock, sleep=clock.sleep).request("https://example.org/a", fails, fails)
        slept.add(clock.slept[1])
    assert len(slept) > 1


@pytest.mark.parametrize("status", [400, 403, 404, 410, 401])
async def test_a_permanent_failure_is_not_retried(status: int, serve: ServeSite, get: Get) -> None:
    site = LocalSite({"/a": Reply(status)})
    assert (await get(await serve(site) + "/a")).status == status
    assert site.requested_pages == ["/a"]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_respected(status: int, serve: ServeSite, clock: ManualClock, get: Get) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(status, headers={"Retry-After": "90"}), Reply()]})
    await get(await serve(site) + "/a")
    assert sum(clock.slept) == pytest.approx(1 + 90)


async def test_retry_after_as_a_date_is_respected(serve: ServeSite, clock: ManualClock, get: Get) -> None:
    until = NOON + timedelta(seconds=61)
    busy = Reply(429, headers={"Retry-After": format_datetime(until, usegmt=True)})
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [busy, Reply()]})
    await get(await serve(site) + "/a")
    assert clock.now() == until


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "Wed, 99 Foo 2026", ""])
async def test_an_invalid_retry_after_is_ignored(value: str, serve: ServeSite, clock: ManualClock, get: Get) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(503, headers={"Retry-After": value}), Reply()]})
    assert (await get(await serve(site) + "/a")).status == 200
    assert sum(clock.slept) <= 3


async def test_a_host_with_a_long_retry_after_gets_no_requests_until_then(
    serve: ServeSite, clock: ManualClock, get: Get
) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(429, headers={"Retry-After": "7200"}), "/b": Reply()})
    base = await serve(site)
    for path in ("/a", "/b"):
        with pytest.raises(FetchFailed, match="accepts no requests before 2026-03-01 14:00 UTC"):
            await get(base + path)
    assert site.requested_pages == ["/a"]
    assert sum(clock.slept) < 10
    clock.moment += timedelta(hours=2)
    assert (await get(base + "/b")).status == 200


async def test_a_huge_retry_after_is_limited_to_a_year(serve: ServeSite, get: Get) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(429, headers={"Retry-After": "9" * 30})})
    with pytest.raises(FetchFailed, match="accepts no requests before 2027-"):
        await get(await serve(site) + "/a")


async def test_a_connection_error_is_retried(serve: ServeSite, get: Get) -> None:
    class Disconnecting(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            response = await super().answer(request)
            if self.requested_pages == ["/a"]:
                assert request.transport is not None
                request.transport.abort()
            return response

    site = Disconnecting({"/a": Reply()})
    assert (await get(await serve(site) + "/a")).status == 200
    assert site.requested_pages == ["/a"] * 2


async def test_a_cancelled_request_releases_the_host(
    serve: ServeSite, requester: PoliteRequester, send: Send, get: Get
) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    started = asyncio.Event()

    async def never(url: str) -> HttpResponse:
        started.set()
        await asyncio.Event().wait()
        return HttpResponse(url, 200)

    stuck = asyncio.create_task(requester.request(base + "/a", never, send))
    await started.wait()
    stuck.cancel()
    with suppress(asyncio.CancelledError):
        await stuck
    async with asyncio.timeout(60):
        assert (await get(base + "/a")).status == 200


# Origins


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org/a?b#c", "https://example.org"),
        ("http://example.org:8080", "http://example.org:8080"),
        ("http://user:secret@example.org/", "http://example.org"),
        ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]:80"),
    ],
)
def test_the_origin_of_a_page_is_its_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "example.org", "http://", "http://[a", ""])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed, match="is not a web address"):
        origin_of(url)
