"""Pages rendered by a browser (D2): a real Chromium against real servers on this machine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser
from pytest_aiohttp import AiohttpServer

from adapters.network.public_resolver import PublicResolver
from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.chromium import open_chromium
from adapters.sources.fetching.fallback_pages import FallbackPageSource
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.public_proxy import public_proxy
from core.discovery.errors import FetchFailed
from core.shared import ip_addresses
from tests.support.local_site import TOWN, ListedSite, LocalSite, ManualClock, Reply, ServeSite, any_address, fetch_all

WRITTEN_BY_SCRIPT = Reply(
    body="""<!doctype html><meta charset="iso-8859-1"><title>Tonight</title><body><script>
    document.body.append(Object.assign(document.createElement("p"), {textContent: "an ev" + "ent: caf\\u00e9"}));
    </script>"""
)


@pytest.fixture
def pages(clock: ManualClock, requester: PoliteRequester) -> BrowserPageSource:
    return BrowserPageSource(requester, clock, any_address)


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a browser."""
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


async def test_a_page_is_the_document_after_its_scripts_ran(
    serve: ServeSite, pages: BrowserPageSource, clock: ManualClock
) -> None:
    site = LocalSite({"/a": Reply(302, headers={"Location": "/b?c"}), "/b?c": WRITTEN_BY_SCRIPT})
    base = await serve(site)
    first, second = await fetch_all(pages, base + "/a", base + "/b?c")
    assert "<p>an event: café</p>".encode() in first.body
    assert (first.url, first.requested_city, first.number, second.number) == (base + "/b?c", TOWN, 1, 2)
    assert first.fetched_at is not None
    assert second.fetched_at is not None
    assert (second.fetched_at - first.fetched_at).total_seconds() == 1
    assert clock.slept == [1.0, 1.0]  # robots.txt, and two pages


async def test_requests_of_scripts_are_awaited(serve: ServeSite, pages: BrowserPageSource) -> None:
    loader = "<body><script>fetch('/data').then(r => r.text()).then(t => document.body.append(t))</script>"
    base = await serve(LocalSite({"/a": Reply(body=loader), "/data": Reply(body="fetched later")}))
    (page,) = await fetch_all(pages, base + "/a")
    assert b"fetched later" in page.body


async def test_json_is_returned_as_received(serve: ServeSite, pages: BrowserPageSource) -> None:
    data = Reply(body='{"events": []}', headers={"Content-Type": "application/json"})
    (page,) = await fetch_all(pages, await serve(LocalSite({"/a.json": data})) + "/a.json")
    assert page.body == b'{"events": []}'


async def test_the_browser_has_our_user_agent_and_requests_no_images(
    serve: ServeSite, pages: BrowserPageSource
) -> None:
    body = '<img src="/p.png"><video src="/v.mp4"></video><script src="/s.js"></script>an event'
    site = LocalSite({"/a": Reply(body=body)})
    await fetch_all(pages, await serve(site) + "/a")
    assert set(site.requested_pages) - {"/favicon.ico"} == {"/a", "/s.js"}
    assert all(agent.endswith("Nocturne/0.1 (self-hosted event platform)") for agent in site.agents)


async def test_a_page_whose_network_is_never_idle_is_returned_as_it_is(
    serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    polling = "an event<script>setInterval(() => fetch('/tick'), 50)</script>"
    pages = BrowserPageSource(requester, clock, any_address, settle_seconds=0.5)
    async with asyncio.timeout(60):
        (page,) = await fetch_all(pages, await serve(LocalSite({"/a": Reply(body=polling)})) + "/a")
    assert b"an event" in page.body


async def test_a_page_that_hangs_the_browser_times_out(serve: ServeSite, clock: ManualClock) -> None:
    requester = PoliteRequester(clock, max_attempts=1, sleep=clock.sleep)
    pages = BrowserPageSource(requester, clock, any_address, timeout_seconds=1.5, settle_seconds=0.5)
    base = await serve(LocalSite({"/a": Reply(body="an event<script>setTimeout(() => {while (true);}, 0)</script>")}))
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match=r"did not load within 1\.5 seconds"):
            await fetch_all(pages, base + "/a")


async def test_a_server_that_never_answers_times_out(serve: ServeSite, clock: ManualClock) -> None:
    class Silent(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path != "/robots.txt":
                await asyncio.Event().wait()
            return await super().answer(request)

    requester = PoliteRequester(clock, max_attempts=2, sleep=clock.sleep)
    pages = BrowserPageSource(requester, clock, any_address, timeout_seconds=1)
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match="did not load within 1 seconds"):
            await fetch_all(pages, await serve(Silent({})) + "/a")


@pytest.mark.parametrize(("status", "meaning"), [(404, "there is no such page"), (403, "does not let us")])
async def test_an_error_status_fails_with_its_meaning(
    status: int, meaning: str, serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    url = await serve(LocalSite({"/a": Reply(status)})) + "/a"
    with pytest.raises(FetchFailed, match=f"{url} answered {status}: .*{meaning}"):
        await fetch_all(BrowserPageSource(requester, clock, any_address, settle_seconds=0.5), url)


async def test_a_site_that_recovers_from_a_failure_is_read(serve: ServeSite, pages: BrowserPageSource) -> None:
    site = LocalSite({"/robots.txt": Reply(404), "/a": [Reply(503), WRITTEN_BY_SCRIPT]})
    (page,) = await fetch_all(pages, await serve(site) + "/a")
    assert b"an event" in page.body


async def test_a_script_that_checks_the_browser_is_awaited(serve: ServeSite, pages: BrowserPageSource) -> None:
    check = Reply(403, "<script>setTimeout(() => location.reload(), 900)</script>")
    site = LocalSite({"/a": [check, WRITTEN_BY_SCRIPT]})
    (page,) = await fetch_all(pages, await serve(site) + "/a")
    assert b"an event" in page.body


async def test_a_page_that_robots_txt_forbids_is_not_requested(serve: ServeSite, pages: BrowserPageSource) -> None:
    site = LocalSite({"/robots.txt": Reply(body="User-agent: *\nDisallow: /"), "/a": Reply()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await fetch_all(pages, await serve(site) + "/a")
    assert site.requested_pages == []


async def test_a_page_that_redirects_to_a_forbidden_one_fails(serve: ServeSite, pages: BrowserPageSource) -> None:
    site = LocalSite(
        {
            "/robots.txt": Reply(body="User-agent: *\nDisallow: /private"),
            "/a": Reply(302, headers={"Location": "/private"}),
            "/private": Reply(),
        }
    )
    with pytest.raises(FetchFailed, match="does not let us read"):
        await fetch_all(pages, await serve(site) + "/a")


async def test_a_page_that_is_too_large_is_refused(
    serve: ServeSite, clock: ManualClock, requester: PoliteRequester
) -> None:
    base = await serve(LocalSite({"/a": Reply(body="0" * 2000)}))
    with pytest.raises(FetchFailed, match="is larger than 1,000 bytes"):
        await fetch_all(BrowserPageSource(requester, clock, any_address, max_bytes=1000), base + "/a")


async def test_a_download_fails(serve: ServeSite, pages: BrowserPageSource) -> None:
    file = Reply(body=b"\x00\x01", headers={"Content-Disposition": "attachment", "Content-Type": "application/zip"})
    with pytest.raises(FetchFailed, match="could not be loaded"):
        await fetch_all(pages, await serve(LocalSite({"/a": file})) + "/a")


# Starting and closing the browser


@pytest.mark.usefixtures("no_browser")
async def test_without_a_browser_the_error_says_how_to_install_one(pages: BrowserPageSource) -> None:
    with pytest.raises(FetchFailed, match=r"No browser could be started; `make browser` installs one\. \(.*\)$"):
        await fetch_all(pages, "http://127.0.0.1:1/a")


@pytest.mark.parametrize("ending", ["success", "error"])
async def test_the_browser_is_closed_after_success_and_after_an_error(ending: str) -> None:
    browsers: list[Browser | None] = []
    with suppress(ConnectionError):
        async with open_chromium("Nocturne/0.1", None) as context:
            browsers.append(context.browser)
            assert [browser and browser.is_connected() for browser in browsers] == [True]
            if ending == "error":
                raise ConnectionError
    assert [browser and browser.is_connected() for browser in browsers] == [False]


async def test_a_run_can_be_closed_early(serve: ServeSite, pages: BrowserPageSource) -> None:
    site = LocalSite({"/a": WRITTEN_BY_SCRIPT, "/b": WRITTEN_BY_SCRIPT})
    base = await serve(site)
    async with aclosing(pages.fetch_pages(ListedSite(base + "/a", base + "/b"), TOWN, 2)) as run:
        await anext(run)
    assert "/b" not in site.requested_paths


# Private addresses


async def test_a_private_address_is_not_requested(
    clock: ManualClock, requester: PoliteRequester, unused_tcp_port: int
) -> None:
    with pytest.raises(FetchFailed, match="is the private address"):
        await fetch_all(BrowserPageSource(requester, clock, PublicResolver), f"http://127.0.0.1:{unused_tcp_port}/a")


async def test_redirects_scripts_and_frames_cannot_reach_private_addresses(
    aiohttp_server: AiohttpServer, clock: ManualClock, requester: PoliteRequester, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = LocalSite({"/secret": Reply(headers={"Access-Control-Allow-Origin": "*"})})
    private_urls = [
        f"http://{host}:{(await aiohttp_server(secret.app())).port}/secret" for host in ("127.0.0.1", "localhost")
    ]
    fetches = "".join(f"fetch('{url}').then(r => r.text()).then(t => document.body.append(t));" for url in private_urls)
    frames = "".join(f"<iframe src='{url}'></iframe>" for url in private_urls)
    public_site = LocalSite(
        {
            "/page": Reply(body=f"an outing<script>{fetches}</script>{frames}"),
            "/moved": Reply(302, headers={"Location": private_urls[0]}),
            "/named": Reply(302, headers={"Location": private_urls[1]}),
        }
    )
    # No address of this machine is public, so the test declares one of them public.
    monkeypatch.setattr(ip_addresses, "is_public", lambda address: address == "127.0.0.2")
    base = str((await aiohttp_server(public_site.app(), host="127.0.0.2")).make_url("")).rstrip("/")
    pages = BrowserPageSource(requester, clock, PublicResolver)
    (page,) = await fetch_all(pages, base + "/page")
    assert b"an outing" in page.body
    for path in ("/moved", "/named"):
        with pytest.raises(FetchFailed, match="could not be loaded"):
            await fetch_all(pages, base + path)
    assert secret.requested_paths == []


@pytest.mark.parametrize(
    ("request_bytes", "reply"),
    [
        (b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 2),  # connect to 127.0.0.1
        (b"\x05\x01\x00\x03\x09localhost\x00\x50", 2),  # connect to localhost
        (b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x00\x50", 2),  # connect to ::1
        (b"\x05\x01\x00\x03\x0cname.invalid\x00\x50", 4),  # connect to an unknown name
        (b"\x05\x02\x00\x01\x01\x01\x01\x01\x00\x50", 7),  # listen
        (b"\x05\x03\x00\x01\x01\x01\x01\x01\x00\x50", 7),  # datagrams
    ],
)
async def test_the_proxy_refuses_everything_but_connections_to_public_addresses(
    request_bytes: bytes, reply: int
) -> None:
    async with public_proxy(PublicResolver) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"\x05\x01\x00" + request_bytes)
        assert await reader.readexactly(2) == b"\x05\x00"
        assert (await reader.readexactly(10))[1] == reply
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


# The fallback from plain HTTP to a browser


@pytest.fixture
def fallback(clock: ManualClock, requester: PoliteRequester, pages: BrowserPageSource) -> FallbackPageSource:
    return FallbackPageSource(HttpPageSource(requester, clock, any_address), pages)


@pytest.mark.usefixtures("no_browser")
async def test_a_page_that_needs_no_browser_is_fetched_by_plain_http(
    serve: ServeSite, fallback: FallbackPageSource
) -> None:
    site = LocalSite({"/a": Reply(), "/b": Reply()})
    base = await serve(site)
    assert [page.number for page in await fetch_all(fallback, base + "/a", base + "/b")] == [1, 2]
    assert site.requested_pages == ["/a", "/b"]


@pytest.mark.parametrize("plain", [Reply(403), Reply(body="<p>nothing yet</p>")], ids=["refused", "without its layout"])
async def test_the_browser_is_used_from_the_first_page_that_needs_it(
    plain: Reply, serve: ServeSite, fallback: FallbackPageSource
) -> None:
    site = LocalSite({"/a": Reply(), "/b": [plain, WRITTEN_BY_SCRIPT], "/c": WRITTEN_BY_SCRIPT})
    base = await serve(site)
    found = await fetch_all(fallback, base + "/a", base + "/b", base + "/c")
    assert [(page.url, page.requested_city, page.number) for page in found] == [
        (base + "/a", TOWN, 1),
        (base + "/b", TOWN, 2),
        (base + "/c", TOWN, 3),
    ]
    assert [path for path in site.requested_pages if path != "/favicon.ico"] == ["/a", "/b", "/b", "/c"]


@pytest.mark.usefixtures("no_browser")
async def test_when_the_browser_fails_too_the_error_has_both_reasons(
    serve: ServeSite, fallback: FallbackPageSource
) -> None:
    base = await serve(LocalSite({"/a": Reply(403)}))
    with pytest.raises(FetchFailed, match=r"does not let us read this page\. With a browser: No browser could be"):
        await fetch_all(fallback, base + "/a")


@pytest.mark.usefixtures("no_browser")
async def test_when_the_browser_fails_a_page_of_unknown_layout_is_returned_as_it_is(
    serve: ServeSite, fallback: FallbackPageSource
) -> None:
    base = await serve(LocalSite({"/a": Reply(body="<p>nothing yet</p>"), "/b": Reply()}))
    found = await fetch_all(fallback, base + "/a", base + "/b")
    assert [page.body for page in found] == [b"<p>nothing yet</p>", b"<p>an event</p>"]


async def test_the_browser_is_used_only_for_the_site_that_needs_it(
    serve: ServeSite, fallback: FallbackPageSource
) -> None:
    scripted = LocalSite({"/a": [Reply(403), WRITTEN_BY_SCRIPT]})
    simple = LocalSite({"/b": Reply()})
    await fetch_all(fallback, await serve(scripted) + "/a", await serve(simple) + "/b")
    assert simple.agents == {"Nocturne/0.1 (self-hosted event platform)"}


@pytest.mark.usefixtures("no_browser")
async def test_a_missing_page_is_not_requested_with_a_browser(serve: ServeSite, fallback: FallbackPageSource) -> None:
    site = LocalSite({})
    with pytest.raises(FetchFailed, match="there is no such page"):
        await fetch_all(fallback, await serve(site) + "/a")
    assert site.requested_pages == ["/a"]
