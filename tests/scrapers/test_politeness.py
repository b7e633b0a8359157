"""How other sites are asked (D2), against real servers on this machine."""

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
from tests.support.local_site import NOON, LocalSite, ManualClock, Reply, ServeSite

NO_RULES = Reply(404)
Ask = Callable[[str], Awaitable[HttpResponse]]


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    async with open_web_client("Nocturne/0.1 (tests)", allow_private=True) as send:
        yield send


@pytest.fixture
def ask(requester: PoliteRequester, send: Send) -> Ask:
    return lambda url: requester.request(url, send, send)


# robots.txt


@pytest.mark.parametrize("status", [404, 410, 401, 403])
async def test_a_site_without_a_robots_txt_may_be_read(status: int, serve: ServeSite, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": Reply(status), "/a": Reply()})
    response = await ask(await serve(site) + "/a")
    assert (response.status, site.requested_city) == (200, ["/robots.txt", "/a"])


async def test_a_page_that_robots_txt_forbids_is_not_asked_for(serve: ServeSite, ask: Ask) -> None:
    site = LocalSite(
        {"/robots.txt": Reply(body="User-agent: *\nDisallow: /private"), "/private/a": Reply(), "/b": Reply()}
    )
    base = await serve(site)
    with pytest.raises(FetchFailed, match=r"robots\.txt of http://127.0.0.1:\d+ does not let us read"):
        await ask(base + "/private/a")
    await ask(base + "/b")
    assert site.requested_pages == ["/b"]


async def test_rules_for_our_name_go_before_rules_for_everybody(serve: ServeSite, ask: Ask) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: nocturne\nDisallow: /no"
    site = LocalSite({"/robots.txt": Reply(body=rules), "/yes": Reply(), "/no": Reply()})
    base = await serve(site)
    await ask(base + "/yes")
    with pytest.raises(FetchFailed):
        await ask(base + "/no")
    assert site.requested_pages == ["/yes"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_site_whose_robots_txt_is_in_trouble_is_left_alone(status: int, serve: ServeSite, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": Reply(status), "/a": Reply()})
    base = await serve(site)
    for _ in range(2):
        with pytest.raises(FetchFailed, match=f"left alone: it answered {status}"):
            await ask(base + "/a")
    assert site.requested_city == ["/robots.txt"] * 4  # one patient reading, remembered


async def test_a_site_left_alone_is_tried_again_later(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": [Reply(500)] * 4 + [NO_RULES], "/a": Reply()})
    base = await serve(site)
    with pytest.raises(FetchFailed):
        await ask(base + "/a")
    clock.moment += timedelta(minutes=11)
    assert (await ask(base + "/a")).status == 200


async def test_a_site_that_is_not_there_is_left_alone(unused_tcp_port: int, ask: Ask) -> None:
    with pytest.raises(FetchFailed, match=r"left alone: .*could not be reached"):
        await ask(f"http://127.0.0.1:{unused_tcp_port}/a")


async def test_robots_txt_is_read_once_a_day_however_many_ask(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, **{f"/{number}": Reply() for number in range(5)}})
    base = await serve(site)
    await asyncio.gather(*(ask(f"{base}/{number}") for number in range(5)))
    assert site.requested_city.count("/robots.txt") == 1
    clock.moment += timedelta(hours=25)
    await ask(base + "/0")
    assert site.requested_city.count("/robots.txt") == 2


async def test_redirects_of_robots_txt_are_followed_also_to_another_host(serve: ServeSite, ask: Ask) -> None:
    elsewhere = await serve(LocalSite({"/rules": Reply(body="User-agent: *\nDisallow: /a")}))
    site = LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{elsewhere}/rules"}), "/a": Reply()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await ask(await serve(site) + "/a")
    assert site.requested_pages == []


async def test_two_robots_txt_that_redirect_to_each_other_hold_nobody_up(
    serve: ServeSite, aiohttp_server: AiohttpServer, ask: Ask, unused_tcp_port: int
) -> None:
    there = f"http://localhost:{unused_tcp_port}"
    here = await serve(
        LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{there}/robots.txt"}), "/a": Reply()})
    )
    back = LocalSite({"/robots.txt": Reply(301, headers={"Location": f"{here}/robots.txt"}), "/a": Reply()})
    await aiohttp_server(back.app(), port=unused_tcp_port)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(ask(f"{base}/a") for base in (here, there)))
    assert [response.status for response in answers] == [200, 200]


async def test_a_robots_txt_of_any_bytes_is_read(serve: ServeSite, ask: Ask) -> None:
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /a # caf\xe9\n\xff\xfe\x00"
    site = LocalSite({"/robots.txt": Reply(body=rules), "/a": Reply()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await ask(await serve(site) + "/a")


# The pace


async def test_a_second_passes_between_two_requests_to_a_host(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    for _ in range(3):
        await ask(base + "/a")
    assert clock.slept == [1.0, 1.0, 1.0]  # robots.txt, and three pages


async def test_nobody_waits_for_a_second_that_has_passed(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    await ask(base + "/a")
    clock.moment += timedelta(seconds=0.75)
    await ask(base + "/a")
    assert clock.slept == [1.0, 0.25]


async def test_a_request_that_failed_counts_like_any_other(serve: ServeSite, clock: ManualClock, send: Send) -> None:
    async def fails(url: str) -> HttpResponse:
        raise NoResponse(url)

    requester = PoliteRequester(clock, max_attempts=1, sleep=clock.sleep)
    base = await serve(LocalSite({}))
    for _ in range(2):
        with pytest.raises(NoResponse):
            await requester.request(base + "/a", fails, send)
    assert clock.slept == [1.0, 1.0]


@pytest.mark.parametrize(("wished", "kept"), [("0.2", 1.0), ("5", 5.0), ("3600", 30.0), ("nonsense", 1.0)])
async def test_a_crawl_delay_is_kept_within_reason(
    wished: str, kept: float, serve: ServeSite, clock: ManualClock, ask: Ask
) -> None:
    site = LocalSite({"/robots.txt": Reply(body=f"User-agent: *\nCrawl-delay: {wished}"), "/a": Reply()})
    base = await serve(site)
    await ask(base + "/a")
    await ask(base + "/a")
    assert clock.slept == [kept, kept]


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer(
    serve: ServeSite, clock: ManualClock, ask: Ask
) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    await ask(base + "/a")
    clock.moment -= timedelta(hours=1)
    clock.slept.clear()
    await ask(base + "/a")
    assert clock.slept == [1.0]


class Crowd(LocalSite):
    """Counts how many requests it has at once."""

    now = most = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return await super().answer(request)


async def test_a_host_gets_one_request_at_a_time(serve: ServeSite, ask: Ask) -> None:
    site = Crowd({"/a": Reply()})
    base = await serve(site)
    await asyncio.gather(*(ask(base + "/a") for _ in range(5)))
    assert (len(site.requested_pages), site.most) == (5, 1)


async def test_a_slow_host_holds_up_no_other(serve: ServeSite, aiohttp_server: AiohttpServer, ask: Ask) -> None:
    other_was_asked = asyncio.Event()

    class Waits(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            await other_was_asked.wait()
            return await super().answer(request)

    class Tells(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            other_was_asked.set()
            return await super().answer(request)

    slow = await serve(Waits({"/a": Reply()}))
    other = (await serve(Tells({"/a": Reply()}))).replace("127.0.0.1", "localhost")
    async with asyncio.timeout(60):
        await asyncio.gather(ask(slow + "/a"), ask(other + "/a"))


# Trouble


async def test_trouble_that_passes_is_waited_out(serve: ServeSite, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(500), Reply(503), Reply()]})
    assert (await ask(await serve(site) + "/a")).status == 200
    assert site.requested_pages == ["/a"] * 3


async def test_trouble_that_stays_is_told_after_four_tries_with_growing_waits(
    serve: ServeSite, clock: ManualClock, ask: Ask
) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(502)})
    assert (await ask(await serve(site) + "/a")).status == 502
    assert site.requested_pages == ["/a"] * 4
    _, first, second, third = clock.slept  # the one before belongs to robots.txt
    assert 1 <= first <= 2 <= second <= 3
    assert 4 <= third <= 5


async def test_waits_are_jittered_so_that_many_who_failed_together_part() -> None:
    async def fails(url: str) -> HttpResponse:
        return HttpResponse(url, 404 if url.endswith("robots.txt") else 500)

    slept = set()
    for _ in range(8):
        clock = ManualClock()
        await PoliteRequester(clock, sleep=clock.sleep).ask("https://example.org/a", fails, fails)
        slept.add(clock.slept[1])
    assert len(slept) > 1


@pytest.mark.parametrize("status", [400, 403, 404, 410, 401])
async def test_a_no_is_taken_for_a_no(status: int, serve: ServeSite, ask: Ask) -> None:
    site = LocalSite({"/a": Reply(status)})
    assert (await ask(await serve(site) + "/a")).status == status
    assert site.requested_pages == ["/a"]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_kept(status: int, serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(status, headers={"Retry-After": "90"}), Reply()]})
    await ask(await serve(site) + "/a")
    assert sum(clock.slept) == pytest.approx(1 + 90)


async def test_retry_after_as_a_date_is_kept(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    until = NOON + timedelta(seconds=61)
    busy = Reply(429, headers={"Retry-After": format_datetime(until, usegmt=True)})
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [busy, Reply()]})
    await ask(await serve(site) + "/a")
    assert clock.now() == until


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "Wed, 99 Foo 2026", ""])
async def test_a_retry_after_without_sense_is_overlooked(
    value: str, serve: ServeSite, clock: ManualClock, ask: Ask
) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Reply(503, headers={"Retry-After": value}), Reply()]})
    assert (await ask(await serve(site) + "/a")).status == 200
    assert sum(clock.slept) <= 3


async def test_a_host_that_asks_for_a_long_rest_gets_it(serve: ServeSite, clock: ManualClock, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(429, headers={"Retry-After": "7200"}), "/b": Reply()})
    base = await serve(site)
    for path in ("/a", "/b"):
        with pytest.raises(FetchFailed, match="asks not to be asked before 2026-03-01 14:00 UTC"):
            await ask(base + path)
    assert site.requested_pages == ["/a"]
    assert sum(clock.slept) < 10
    clock.moment += timedelta(hours=2)
    assert (await ask(base + "/b")).status == 200


async def test_a_rest_longer_than_time_itself_is_a_long_one(serve: ServeSite, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Reply(429, headers={"Retry-After": "9" * 30})})
    with pytest.raises(FetchFailed, match="asks not to be asked before 2027-"):
        await ask(await serve(site) + "/a")


async def test_a_connection_that_fails_is_tried_again(serve: ServeSite, ask: Ask) -> None:
    class Breaks(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            response = await super().answer(request)
            if self.requested_pages == ["/a"]:
                assert request.transport is not None
                request.transport.abort()
            return response

    site = Breaks({"/a": Reply()})
    assert (await ask(await serve(site) + "/a")).status == 200
    assert site.requested_pages == ["/a"] * 2


async def test_one_who_is_cancelled_leaves_the_host_free(
    serve: ServeSite, requester: PoliteRequester, send: Send, ask: Ask
) -> None:
    base = await serve(LocalSite({"/a": Reply()}))
    held = asyncio.Event()

    async def never(url: str) -> HttpResponse:
        held.set()
        await asyncio.Event().wait()
        return HttpResponse(url, 200)

    stuck = asyncio.create_task(requester.request(base + "/a", never, send))
    await held.wait()
    stuck.cancel()
    with suppress(asyncio.CancelledError):
        await stuck
    async with asyncio.timeout(60):
        assert (await ask(base + "/a")).status == 200


# Addresses


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
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed, match="is not a web address"):
        origin_of(url)
