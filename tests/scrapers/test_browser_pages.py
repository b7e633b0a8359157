"""Pages that need a browser (D2): a real Chromium against real servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiohttp import web
from playwright.async_api import Browser
from pytest_aiohttp import AiohttpServer

from adapters.sources.fetching import public_addresses
from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.chromium import chromium
from adapters.sources.fetching.fallback_pages import FallbackPageSource
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import Politeness
from adapters.sources.fetching.public_proxy import public_proxy
from core.discovery.errors import FetchFailed
from tests.support.local_site import TOWN, Listed, LocalSite, Says, Start, Time, all_of

WRITTEN_BY_SCRIPT = Says(
    body="""<!doctype html><meta charset="iso-8859-1"><title>Tonight</title><body><script>
    document.body.append(Object.assign(document.createElement("p"), {textContent: "an ev" + "ent: caf\\u00e9"}));
    </script>"""
)


@pytest.fixture
def pages(time: Time, politeness: Politeness) -> BrowserPageSource:
    return BrowserPageSource(politeness, time, allow_private=True)


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody installed a browser."""
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder where programs that this test starts put their temporary files."""
    # Not in tmp_path, which is too long: Chromium puts a socket there.
    with TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_page_is_what_its_scripts_made_of_it(start: Start, pages: BrowserPageSource, time: Time) -> None:
    site = LocalSite({"/a": Says(302, headers={"Location": "/b?c"}), "/b?c": WRITTEN_BY_SCRIPT})
    base = await start(site)
    first, second = await all_of(pages, base + "/a", base + "/b?c")
    assert "<p>an event: café</p>".encode() in first.body
    assert (first.url, first.asked, first.number, second.number) == (base + "/b?c", TOWN, 1, 2)
    assert first.fetched_at is not None
    assert second.fetched_at is not None
    assert (second.fetched_at - first.fetched_at).total_seconds() == 1
    assert time.slept == [1.0, 1.0]  # robots.txt, and two pages


async def test_what_scripts_fetch_is_waited_for(start: Start, pages: BrowserPageSource) -> None:
    loader = "<body><script>fetch('/data').then(r => r.text()).then(t => document.body.append(t))</script>"
    base = await start(LocalSite({"/a": Says(body=loader), "/data": Says(body="fetched later")}))
    (page,) = await all_of(pages, base + "/a")
    assert b"fetched later" in page.body


async def test_data_is_taken_as_it_was_sent(start: Start, pages: BrowserPageSource) -> None:
    data = Says(body='{"events": []}', headers={"Content-Type": "application/json"})
    (page,) = await all_of(pages, await start(LocalSite({"/a.json": data})) + "/a.json")
    assert page.body == b'{"events": []}'


async def test_the_browser_says_who_we_are_and_asks_for_no_pictures(start: Start, pages: BrowserPageSource) -> None:
    body = '<img src="/p.png"><video src="/v.mp4"></video><script src="/s.js"></script>an event'
    site = LocalSite({"/a": Says(body=body)})
    await all_of(pages, await start(site) + "/a")
    assert set(site.pages_asked) - {"/favicon.ico"} == {"/a", "/s.js"}
    assert all(agent.endswith("Nocturne/0.1 (self-hosted event platform)") for agent in site.agents)


async def test_a_page_that_never_rests_is_taken_as_it_is(start: Start, time: Time, politeness: Politeness) -> None:
    restless = "an event<script>setInterval(() => fetch('/tick'), 50)</script>"
    pages = BrowserPageSource(politeness, time, settling=0.5, allow_private=True)
    async with asyncio.timeout(60):
        (page,) = await all_of(pages, await start(LocalSite({"/a": Says(body=restless)})) + "/a")
    assert b"an event" in page.body


async def test_a_page_that_hangs_the_browser_fails_in_time(start: Start, time: Time) -> None:
    politeness = Politeness(time, tries=1, sleep=time.sleep)
    pages = BrowserPageSource(politeness, time, longest=1.5, settling=0.5, allow_private=True)
    base = await start(LocalSite({"/a": Says(body="an event<script>setTimeout(() => {while (true);}, 0)</script>")}))
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match=r"was not shown within 1\.5 seconds"):
            await all_of(pages, base + "/a")


async def test_a_server_that_never_answers_fails_in_time(start: Start, time: Time) -> None:
    class Silent(LocalSite):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            if request.path != "/robots.txt":
                await asyncio.Event().wait()
            return await super().answer(request)

    politeness = Politeness(time, tries=2, sleep=time.sleep)
    pages = BrowserPageSource(politeness, time, longest=1, allow_private=True)
    async with asyncio.timeout(60):
        with pytest.raises(FetchFailed, match="was not shown within 1 seconds"):
            await all_of(pages, await start(Silent({})) + "/a")


@pytest.mark.parametrize(("status", "sentence"), [(404, "there is no such page"), (403, "does not let us")])
async def test_an_answer_that_is_no_page_fails_with_what_it_means(
    status: int, sentence: str, start: Start, time: Time, politeness: Politeness
) -> None:
    url = await start(LocalSite({"/a": Says(status)})) + "/a"
    with pytest.raises(FetchFailed, match=f"{url} answered {status}: .*{sentence}"):
        await all_of(BrowserPageSource(politeness, time, settling=0.5, allow_private=True), url)


async def test_a_failing_site_that_recovers_is_read(start: Start, pages: BrowserPageSource) -> None:
    site = LocalSite({"/robots.txt": Says(404), "/a": [Says(503), WRITTEN_BY_SCRIPT]})
    (page,) = await all_of(pages, await start(site) + "/a")
    assert b"an event" in page.body


async def test_a_check_of_the_browser_by_script_is_passed(start: Start, pages: BrowserPageSource) -> None:
    check = Says(403, "<script>setTimeout(() => location.reload(), 900)</script>")
    site = LocalSite({"/a": [check, WRITTEN_BY_SCRIPT]})
    (page,) = await all_of(pages, await start(site) + "/a")
    assert b"an event" in page.body


async def test_a_page_that_robots_txt_forbids_is_not_shown(start: Start, pages: BrowserPageSource) -> None:
    site = LocalSite({"/robots.txt": Says(body="User-agent: *\nDisallow: /"), "/a": Says()})
    with pytest.raises(FetchFailed, match="does not let us read"):
        await all_of(pages, await start(site) + "/a")
    assert site.pages_asked == []


async def test_a_redirect_does_not_get_around_robots_txt(start: Start, pages: BrowserPageSource) -> None:
    site = LocalSite(
        {
            "/robots.txt": Says(body="User-agent: *\nDisallow: /private"),
            "/a": Says(302, headers={"Location": "/private"}),
            "/private": Says(),
        }
    )
    with pytest.raises(FetchFailed, match="does not let us read"):
        await all_of(pages, await start(site) + "/a")


async def test_a_page_that_is_too_large_is_refused(start: Start, time: Time, politeness: Politeness) -> None:
    base = await start(LocalSite({"/a": Says(body="0" * 2000)}))
    with pytest.raises(FetchFailed, match="is larger than 1,000 bytes"):
        await all_of(BrowserPageSource(politeness, time, largest=1000, allow_private=True), base + "/a")


async def test_a_download_is_no_page(start: Start, pages: BrowserPageSource) -> None:
    file = Says(body=b"\x00\x01", headers={"Content-Disposition": "attachment", "Content-Type": "application/zip"})
    with pytest.raises(FetchFailed, match="could not be shown"):
        await all_of(pages, await start(LocalSite({"/a": file})) + "/a")


# The browser's life


@pytest.mark.usefixtures("no_browser")
async def test_without_a_browser_it_is_said_how_to_get_one(pages: BrowserPageSource) -> None:
    with pytest.raises(FetchFailed, match=r"No browser could be started; `make browser` installs one\. \(.*\)$"):
        await all_of(pages, "http://127.0.0.1:1/a")


@pytest.mark.parametrize("ends", ["well", "badly"])
async def test_the_browser_is_closed_however_a_run_ends(ends: str) -> None:
    browsers: list[Browser | None] = []
    with suppress(ConnectionError):
        async with chromium("Nocturne/0.1", None) as context:
            browsers.append(context.browser)
            assert [browser and browser.is_connected() for browser in browsers] == [True]
            if ends == "badly":
                raise ConnectionError
    assert [browser and browser.is_connected() for browser in browsers] == [False]


async def test_starting_a_browser_leaves_no_folder_behind(temporary_folder: Path) -> None:
    async with chromium("Nocturne/0.1", None):
        assert entries(temporary_folder)
    assert entries(temporary_folder) == []


@pytest.mark.parametrize(
    "broken", [None, "#!/bin/sh\nexit 1\n", "not a program"], ids=["missing", "crashing", "unreadable"]
)
async def test_a_browser_that_does_not_start_leaves_no_folder_behind(
    broken: str | None, no_browser: None, tmp_path: Path, temporary_folder: Path
) -> None:
    if broken:
        browser = tmp_path / "chromium"
        browser.write_text(broken)
        browser.chmod(0o755)
    with pytest.raises(FetchFailed, match="No browser could be started"):
        async with chromium("Nocturne/0.1", None):
            pass
    assert entries(temporary_folder) == []


async def test_a_run_may_be_given_up(start: Start, pages: BrowserPageSource) -> None:
    site = LocalSite({"/a": WRITTEN_BY_SCRIPT, "/b": WRITTEN_BY_SCRIPT})
    base = await start(site)
    async with aclosing(pages.of(Listed(base + "/a", base + "/b"), TOWN, 2)) as run:
        await anext(run)
    assert "/b" not in site.asked


# Our own network


async def test_a_private_address_is_not_shown(time: Time, politeness: Politeness, unused_tcp_port: int) -> None:
    with pytest.raises(FetchFailed, match="is the private address"):
        await all_of(BrowserPageSource(politeness, time), f"http://127.0.0.1:{unused_tcp_port}/a")


async def test_neither_redirects_nor_scripts_lead_inside(
    aiohttp_server: AiohttpServer, time: Time, politeness: Politeness, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = LocalSite({"/secret": Says(headers={"Access-Control-Allow-Origin": "*"})})
    inside = [
        f"http://{host}:{(await aiohttp_server(secret.app())).port}/secret" for host in ("127.0.0.1", "localhost")
    ]
    fetches = "".join(f"fetch('{url}').then(r => r.text()).then(t => document.body.append(t));" for url in inside)
    frames = "".join(f"<iframe src='{url}'></iframe>" for url in inside)
    outside = LocalSite(
        {
            "/page": Says(body=f"an outing<script>{fetches}</script>{frames}"),
            "/moved": Says(302, headers={"Location": inside[0]}),
            "/named": Says(302, headers={"Location": inside[1]}),
        }
    )
    # No address of this machine is public, so one of them is declared to be.
    monkeypatch.setattr(public_addresses, "is_public", lambda address: address == "127.0.0.2")
    base = str((await aiohttp_server(outside.app(), host="127.0.0.2")).make_url("")).rstrip("/")
    pages = BrowserPageSource(politeness, time)
    (page,) = await all_of(pages, base + "/page")
    assert b"an outing" in page.body
    for path in ("/moved", "/named"):
        with pytest.raises(FetchFailed, match="could not be shown"):
            await all_of(pages, base + path)
    assert secret.asked == []


@pytest.mark.parametrize(
    ("request_bytes", "reply"),
    [
        (b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 2),  # connect to 127.0.0.1
        (b"\x05\x01\x00\x03\x09localhost\x00\x50", 2),  # connect to localhost
        (b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x00\x50", 2),  # connect to ::1
        (b"\x05\x01\x00\x03\x0cname.invalid\x00\x50", 4),  # connect to nobody
        (b"\x05\x02\x00\x01\x01\x01\x01\x01\x00\x50", 7),  # listen
        (b"\x05\x03\x00\x01\x01\x01\x01\x01\x00\x50", 7),  # datagrams
    ],
)
async def test_the_way_out_leads_nowhere_else(request_bytes: bytes, reply: int) -> None:
    async with public_proxy() as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"\x05\x01\x00" + request_bytes)
        assert await reader.readexactly(2) == b"\x05\x00"
        assert (await reader.readexactly(10))[1] == reply
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


# Plain HTTP first


@pytest.fixture
def either(time: Time, politeness: Politeness, pages: BrowserPageSource) -> FallbackPageSource:
    return FallbackPageSource(HttpPageSource(politeness, time, allow_private=True), pages)


@pytest.mark.usefixtures("no_browser")
async def test_a_page_that_needs_no_browser_gets_none(start: Start, either: FallbackPageSource) -> None:
    site = LocalSite({"/a": Says(), "/b": Says()})
    base = await start(site)
    assert [page.number for page in await all_of(either, base + "/a", base + "/b")] == [1, 2]
    assert site.pages_asked == ["/a", "/b"]


@pytest.mark.parametrize("plain", [Says(403), Says(body="<p>nothing yet</p>")], ids=["refused", "without its layout"])
async def test_from_the_first_page_of_a_site_that_needs_it_on_the_browser_is_used(
    plain: Says, start: Start, either: FallbackPageSource
) -> None:
    site = LocalSite({"/a": Says(), "/b": [plain, WRITTEN_BY_SCRIPT], "/c": WRITTEN_BY_SCRIPT})
    base = await start(site)
    found = await all_of(either, base + "/a", base + "/b", base + "/c")
    assert [(page.url, page.asked, page.number) for page in found] == [
        (base + "/a", TOWN, 1),
        (base + "/b", TOWN, 2),
        (base + "/c", TOWN, 3),
    ]
    assert [path for path in site.pages_asked if path != "/favicon.ico"] == ["/a", "/b", "/b", "/c"]


@pytest.mark.usefixtures("no_browser")
async def test_a_refusal_that_no_browser_can_help_with_is_told_with_both_reasons(
    start: Start, either: FallbackPageSource
) -> None:
    base = await start(LocalSite({"/a": Says(403)}))
    with pytest.raises(FetchFailed, match=r"does not let us read this page\. With a browser: No browser could be"):
        await all_of(either, base + "/a")


@pytest.mark.usefixtures("no_browser")
async def test_a_page_that_can_not_be_shown_is_handed_on_as_it_came(start: Start, either: FallbackPageSource) -> None:
    base = await start(LocalSite({"/a": Says(body="<p>nothing yet</p>"), "/b": Says()}))
    found = await all_of(either, base + "/a", base + "/b")
    assert [page.body for page in found] == [b"<p>nothing yet</p>", b"<p>an event</p>"]


async def test_the_browser_is_used_for_the_site_that_needs_it_only(start: Start, either: FallbackPageSource) -> None:
    scripted = LocalSite({"/a": [Says(403), WRITTEN_BY_SCRIPT]})
    simple = LocalSite({"/b": Says()})
    await all_of(either, await start(scripted) + "/a", await start(simple) + "/b")
    assert simple.agents == {"Nocturne/0.1 (self-hosted event platform)"}


@pytest.mark.usefixtures("no_browser")
async def test_a_missing_page_is_not_looked_for_with_a_browser(start: Start, either: FallbackPageSource) -> None:
    site = LocalSite({})
    with pytest.raises(FetchFailed, match="there is no such page"):
        await all_of(either, await start(site) + "/a")
    assert site.pages_asked == ["/a"]
