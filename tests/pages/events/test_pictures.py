"""The pictures of an event over HTTP: who may keep them, and what is shown until one is painted."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from core.catalog.posters import poster_of, share_picture_of
from tests.support.builders import NOW
from tests.support.event_pages import EventPages


async def test_a_poster_at_its_address_is_kept_for_ever_by_everybody(pages: EventPages) -> None:
    page = await pages.open("open")
    address = re.search(r'<img src="([^"]+poster.svg[^"]+)"', page)
    assert address is not None
    response = await pages.get(address[1])
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert ET.fromstring(await response.text()).get("viewBox") == "0 0 400 500"  # noqa: S314 - our own


async def test_a_poster_without_its_version_is_asked_for_again(pages: EventPages) -> None:
    path = f"{pages.states.path('open')}/poster.svg"
    response = await pages.get(path)
    assert response.headers["Cache-Control"] == "public, no-cache"
    known = await pages.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (known.status, await known.read()) == (304, b"")


async def test_a_poster_can_be_wide(pages: EventPages) -> None:
    response = await pages.get(f"{pages.states.path('open')}/poster.svg?shape=wide")
    assert 'viewBox="0 0 889 500"' in await response.text()


async def test_the_poster_of_a_hidden_event_is_not_found(pages: EventPages) -> None:
    assert (await pages.get(f"{pages.states.path('hidden')}/poster.svg")).status == 404


async def test_until_its_picture_is_painted_a_link_shows_that_of_the_platform(pages: EventPages) -> None:
    event = pages.states.events["open"]
    path = f"{pages.states.path('open')}/og.png"
    missing = await pages.get(path)
    assert (missing.status, missing.headers["Cache-Control"]) == (302, "no-store")
    fallback = await pages.get(missing.headers["Location"])
    assert fallback.headers["Content-Type"] == "image/png"
    async with pages.container.catalog() as uow:
        picture = share_picture_of(await uow.events.view(event.id, NOW))
        await uow.share_pictures.save(picture, b"painted")
        await uow.commit()
    painted = await pages.get(f"{path}?v={picture.fingerprint}")
    assert (painted.status, await painted.read()) == (200, b"painted")
    assert painted.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert painted.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_the_version_of_a_poster_is_that_of_what_it_shows(pages: EventPages) -> None:
    event = pages.states.events["open"]
    assert f"poster.svg?v={poster_of(event).fingerprint}" in await pages.open("open")
