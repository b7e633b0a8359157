"""What search engines and browsers ask a site for."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from tests.support.event_pages import EventPages

SITE = "http://127.0.0.1:8000"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LISTED = {"open", "unlimited", "priced", "seated", "full", "waiting", "going", "held", "cancelled", "closed"}


async def locations(pages: EventPages, path: str) -> list[str]:
    response = await pages.get(path)
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(await response.text())  # noqa: S314 - our own
    return [element.text or "" for element in root.iter(f"{NAMESPACE}loc")]


async def test_the_sitemap_leads_to_every_event_that_is_ours_and_to_come(pages: EventPages) -> None:
    index = await locations(pages, "/sitemap.xml")
    assert index[0] == f"{SITE}/sitemaps/pages.xml"
    [events] = index[1:]
    found = await locations(pages, events.removeprefix(SITE))
    expected = {f"{SITE}{pages.states.path(state)}/" for state in (*LISTED, "deadline", "started")}
    assert {each[: each.rindex("/") + 1] for each in found} == expected
    opened = await pages.get(found[0].removeprefix(SITE))
    assert opened.status == 200


async def test_the_sitemap_has_the_pages_that_are_always_there(pages: EventPages) -> None:
    assert f"{SITE}/" in await locations(pages, "/sitemaps/pages.xml")


async def test_sitemaps_say_when_something_changed(pages: EventPages) -> None:
    text = await (await pages.get("/sitemap.xml")).text()
    assert "<lastmod>2026-11-20T12:00:00Z</lastmod>" in text


async def test_robots_are_kept_from_what_is_personal_and_find_the_sitemap(pages: EventPages) -> None:
    text = await (await pages.get("/robots.txt")).text()
    assert "Disallow: /me\n" in text
    assert f"Sitemap: {SITE}/sitemap.xml" in text


async def test_the_manifest_has_icons_that_exist(pages: EventPages) -> None:
    response = await pages.get("/manifest.webmanifest")
    assert response.headers["Content-Type"] == "application/manifest+json"
    manifest = json.loads(await response.text())
    assert manifest["name"] == "Nocturne"
    for icon in manifest["icons"]:
        picture = await pages.get(icon["src"])
        assert (picture.status, picture.headers["Content-Type"]) == (200, icon["type"])
    favicon = await pages.get("/favicon.ico", follow=True)
    assert favicon.headers["Content-Type"] == "image/png"
