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

from adapters.sources.fetching.answer import Answer, NoAnswer, Send, origin_of
from adapters.sources.fetching.politeness import Politeness
from adapters.sources.fetching.web_client import web_client
from core.discovery.errors import FetchFailed
from tests.support.local_site import NOON, LocalSite, Says, Start, Time, any_address

NO_RULES = Says(404)
Ask = Callable[[str], Awaitable[Answer]]


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    async with web_client("Nocturne/0.1 (tests)", any_address) as send:
        yield send


@pytest.fixture
def ask(politeness: Politeness, send: Send) -> Ask:
    return lambda url: politeness.ask(url, send, send)


# robots.txt


@pytest.mark.parametrize("status", [404, 410, 401, 403])
async def test_a_site_without_a_robots_txt_may_be_read(status: int, start: Start, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": Says(status), "/a": Says()})
    answer = await ask(await start(site) + "/a")
    assert (answer.status, site.asked) == (200, ["/robots.txt", "/a"])


async def test_a_page_that_robots_txt_forbids_is_not_asked_for(start: Start, ask: Ask) -> None:
    site = LocalSite(
        {"/robots.txt": Says(body="User-agent: *\nDisallow: /private"), "/private/a": Says(), "/b": Says()}
    )
    base = await start(site)
    with pytest.raises(FetchFailed, match=r"robots\.txt of http://127.0.0.1:\d+ does not let us read"):
        await ask(base + "/private/a")
    await ask(base + "/b")
    assert site.pages_asked == ["/b"]


async def test_rules_for_our_name_go_before_rules_for_everybody(start: Start, ask: Ask) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: nocturne\nDisallow: /no"
    site = LocalSite({"/robots.txt": Says(body=rules), "/yes": Says(), "/no": Says()})
    base = await start(site)
    await ask(base + "/yes")
    with pytest.raises(FetchFailed):
        await ask(base + "/no")
    assert site.pages_asked == ["/yes"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_site_whose_robots_txt_is_in_trouble_is_left_alone(status: int, start: Start, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": Says(status), "/a": Says()})
    base = await start(site)
    for _ in range(2):
        with pytest.raises(FetchFailed, match=f"left alone: it answered {status}"):
            await ask(base + "/a")
    assert site.asked == ["/robots.txt"] * 4  # one patient reading, remembered


async def test_a_site_left_alone_is_tried_again_later(start: Start, time: Time, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": [Says(500)] * 4 + [NO_RULES], "/a": Says()})
    base = await start(site)
    with pytest.raises(FetchFailed):
        await ask(base + "/a")
    time.moment += timedelta(minutes=11)
    assert (await ask(base + "/a")).status == 200


async def test_a_site_that_is_not_there_is_left_alone(unused_tcp_port: int, ask: Ask) -> None:
    with pytest.raises(FetchFailed, match=r"left alone: .*could not be reached"):
        await ask(f"http://127.0.0.1:{unused_tcp_port}/a")


async def test_robots_txt_is_read_once_a_day_however_many_ask(start: Start, time: Time, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, **{f"/{number}": Says() for number in range(5)}})
    base = await start(site)
    await asyncio.gather(*(ask(f"{base}/{number}") for number in range(5)))
    assert site.asked.count("/robots.txt") == 1
    time.moment += timedelta(hours=25)
    await ask(base + "/0")
    assert site.asked.count("/robots.txt") == 2


async def test_redirects_of_robots_txt_are_followed_also_to_another_host(start: Start, ask: Ask) -> None:
    elsewhere = await start(LocalSite({"/rules": Says(body="User-agent: *\nDisallow: /a")}))
    site = LocalSite({"/robots.txt": Says(301, headers={"Location": f"{elsewhere}/rules"}), "/a": Says()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await ask(await start(site) + "/a")
    assert site.pages_asked == []


async def test_two_robots_txt_that_redirect_to_each_other_hold_nobody_up(
    start: Start, aiohttp_server: AiohttpServer, ask: Ask, unused_tcp_port: int
) -> None:
    there = f"http://localhost:{unused_tcp_port}"
    here = await start(LocalSite({"/robots.txt": Says(301, headers={"Location": f"{there}/robots.txt"}), "/a": Says()}))
    back = LocalSite({"/robots.txt": Says(301, headers={"Location": f"{here}/robots.txt"}), "/a": Says()})
    await aiohttp_server(back.app(), port=unused_tcp_port)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(ask(f"{base}/a") for base in (here, there)))
    assert [answer.status for answer in answers] == [200, 200]


async def test_a_robots_txt_of_any_bytes_is_read(start: Start, ask: Ask) -> None:
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /a # caf\xe9\n\xff\xfe\x00"
    site = LocalSite({"/robots.txt": Says(body=rules), "/a": Says()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await ask(await start(site) + "/a")


# The pace


async def test_a_second_passes_between_two_requests_to_a_host(start: Start, time: Time, ask: Ask) -> None:
    base = await start(LocalSite({"/a": Says()}))
    for _ in range(3):
        await ask(base + "/a")
    assert time.slept == [1.0, 1.0, 1.0]  # robots.txt, and three pages


async def test_nobody_waits_for_a_second_that_has_passed(start: Start, time: Time, ask: Ask) -> None:
    base = await start(LocalSite({"/a": Says()}))
    await ask(base + "/a")
    time.moment += timedelta(seconds=0.75)
    await ask(base + "/a")
    assert time.slept == [1.0, 0.25]


async def test_a_request_that_failed_counts_like_any_other(start: Start, time: Time, send: Send) -> None:
    async def fails(url: str) -> Answer:
        raise NoAnswer(url)

    politeness = Politeness(time, tries=1, sleep=time.sleep)
    base = await start(LocalSite({}))
    for _ in range(2):
        with pytest.raises(NoAnswer):
            await politeness.ask(base + "/a", fails, send)
    assert time.slept == [1.0, 1.0]


@pytest.mark.parametrize(("wished", "kept"), [("0.2", 1.0), ("5", 5.0), ("3600", 30.0), ("nonsense", 1.0)])
async def test_a_crawl_delay_is_kept_within_reason(
    wished: str, kept: float, start: Start, time: Time, ask: Ask
) -> None:
    site = LocalSite({"/robots.txt": Says(body=f"User-agent: *\nCrawl-delay: {wished}"), "/a": Says()})
    base = await start(site)
    await ask(base + "/a")
    await ask(base + "/a")
    assert time.slept == [kept, kept]


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer(start: Start, time: Time, ask: Ask) -> None:
    base = await start(LocalSite({"/a": Says()}))
    await ask(base + "/a")
    time.moment -= timedelta(hours=1)
    time.slept.clear()
    await ask(base + "/a")
    assert time.slept == [1.0]


class Crowd(LocalSite):
    """Counts how many requests it has at once."""

    now = most = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return await super().answer(request)


async def test_a_host_gets_one_request_at_a_time(start: Start, ask: Ask) -> None:
    site = Crowd({"/a": Says()})
    base = await start(site)
    await asyncio.gather(*(ask(base + "/a") for _ in range(5)))
    assert (len(site.pages_asked), site.most) == (5, 1)


async def test_a_slow_host_holds_up_no_other(start: Start, aiohttp_server: AiohttpServer, ask: Ask) -> None:
    other_was_asked = asyncio.Event()

    class Waits(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            await other_was_asked.wait()
            return await super().answer(request)

    class Tells(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            other_was_asked.set()
            return await super().answer(request)

    slow = await start(Waits({"/a": Says()}))
    other = (await start(Tells({"/a": Says()}))).replace("127.0.0.1", "localhost")
    async with asyncio.timeout(60):
        await asyncio.gather(ask(slow + "/a"), ask(other + "/a"))


# Trouble


async def test_trouble_that_passes_is_waited_out(start: Start, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Says(500), Says(503), Says()]})
    assert (await ask(await start(site) + "/a")).status == 200
    assert site.pages_asked == ["/a"] * 3


async def test_trouble_that_stays_is_told_after_four_tries_with_growing_waits(
    start: Start, time: Time, ask: Ask
) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Says(502)})
    assert (await ask(await start(site) + "/a")).status == 502
    assert site.pages_asked == ["/a"] * 4
    _, first, second, third = time.slept  # the one before belongs to robots.txt
    assert 1 <= first <= 2 <= second <= 3
    assert 4 <= third <= 5


async def test_waits_are_jittered_so_that_many_who_failed_together_part() -> None:
    async def fails(url: str) -> Answer:
        return Answer(url, 404 if url.endswith("robots.txt") else 500)

    slept = set()
    for _ in range(8):
        time = Time()
        await Politeness(time, sleep=time.sleep).ask("https://example.org/a", fails, fails)
        slept.add(time.slept[1])
    assert len(slept) > 1


@pytest.mark.parametrize("status", [400, 403, 404, 410, 401])
async def test_a_no_is_taken_for_a_no(status: int, start: Start, ask: Ask) -> None:
    site = LocalSite({"/a": Says(status)})
    assert (await ask(await start(site) + "/a")).status == status
    assert site.pages_asked == ["/a"]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_kept(status: int, start: Start, time: Time, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Says(status, headers={"Retry-After": "90"}), Says()]})
    await ask(await start(site) + "/a")
    assert sum(time.slept) == pytest.approx(1 + 90)


async def test_retry_after_as_a_date_is_kept(start: Start, time: Time, ask: Ask) -> None:
    until = NOON + timedelta(seconds=61)
    busy = Says(429, headers={"Retry-After": format_datetime(until, usegmt=True)})
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [busy, Says()]})
    await ask(await start(site) + "/a")
    assert time.now() == until


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", "Wed, 99 Foo 2026", ""])
async def test_a_retry_after_without_sense_is_overlooked(value: str, start: Start, time: Time, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": [Says(503, headers={"Retry-After": value}), Says()]})
    assert (await ask(await start(site) + "/a")).status == 200
    assert sum(time.slept) <= 3


async def test_a_host_that_asks_for_a_long_rest_gets_it(start: Start, time: Time, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Says(429, headers={"Retry-After": "7200"}), "/b": Says()})
    base = await start(site)
    for path in ("/a", "/b"):
        with pytest.raises(FetchFailed, match="asks not to be asked before 2026-03-01 14:00 UTC"):
            await ask(base + path)
    assert site.pages_asked == ["/a"]
    assert sum(time.slept) < 10
    time.moment += timedelta(hours=2)
    assert (await ask(base + "/b")).status == 200


async def test_a_rest_longer_than_time_itself_is_a_long_one(start: Start, ask: Ask) -> None:
    site = LocalSite({"/robots.txt": NO_RULES, "/a": Says(429, headers={"Retry-After": "9" * 30})})
    with pytest.raises(FetchFailed, match="asks not to be asked before 2027-"):
        await ask(await start(site) + "/a")


async def test_a_connection_that_fails_is_tried_again(start: Start, ask: Ask) -> None:
    class Breaks(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            response = await super().answer(request)
            if self.pages_asked == ["/a"]:
                assert request.transport is not None
                request.transport.abort()
            return response

    site = Breaks({"/a": Says()})
    assert (await ask(await start(site) + "/a")).status == 200
    assert site.pages_asked == ["/a"] * 2


async def test_one_who_is_cancelled_leaves_the_host_free(
    start: Start, politeness: Politeness, send: Send, ask: Ask
) -> None:
    base = await start(LocalSite({"/a": Says()}))
    held = asyncio.Event()

    async def never(url: str) -> Answer:
        held.set()
        await asyncio.Event().wait()
        return Answer(url, 200)

    stuck = asyncio.create_task(politeness.ask(base + "/a", never, send))
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
