"""The images of an event where people see it: on its page, in lists, in previews and in feeds."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup

from core.shared.images import Image, Thumbnail
from tests.support.event_pages import EventPages
from tests.support.pictures import add_stored_image, stored_image


@pytest.fixture
async def image(pages: EventPages) -> Image:
    return await add_stored_image(pages, pages.states.events["open"].id, alt="A stage", has_thumbnails=True)


async def open_event(pages: EventPages) -> BeautifulSoup:
    return BeautifulSoup(await pages.open("open"), "lxml")


def meta(page: BeautifulSoup, name: str) -> Any:
    [tag] = page.select(f'meta[property="{name}"]')
    return tag["content"]


async def test_the_page_shows_the_photo_in_the_size_that_fits(pages: EventPages, image: Image) -> None:
    page = await open_event(pages)
    [photo] = page.select(".event-picture img")
    card, wide, hero = (image.thumbnails[kind].path for kind in (Thumbnail.CARD, Thumbnail.WIDE, Thumbnail.HERO))
    assert (photo["src"], photo["srcset"]) == (card, f"{card} 640w, {wide} 1200w, {hero} 1600w")
    assert (photo["alt"], photo["width"], photo["height"]) == ("A stage", "640", "360")
    assert "loading" not in photo.attrs
    assert "poster.svg" not in str(page.select(".event-picture"))


async def test_previews_show_the_photo_in_the_shapes_that_they_ask_for(pages: EventPages, image: Image) -> None:
    page = await open_event(pages)
    wide = image.thumbnails[Thumbnail.WIDE].path
    assert meta(page, "og:image").endswith(wide)
    assert (meta(page, "og:image:type"), meta(page, "og:image:alt")) == ("image/jpeg", "A stage")
    [data] = page.select('script[type="application/ld+json"]')
    shapes = [image.thumbnails[kind].path for kind in (Thumbnail.SQUARE, Thumbnail.STANDARD, Thumbnail.WIDE)]
    assert [re.sub("^https?://[^/]+", "", each) for each in json.loads(data.text)["image"]] == shapes


async def test_until_thumbnails_are_made_the_whole_picture_is_shown(pages: EventPages) -> None:
    image = await add_stored_image(pages, pages.states.events["open"].id)
    page = await open_event(pages)
    [photo] = page.select(".event-picture img")
    assert (photo["src"], photo["alt"]) == (image.picture.path, "")
    assert "srcset" not in photo.attrs
    assert meta(page, "og:image:alt") == pages.states.events["open"].name


async def test_thumbnails_are_shown_as_soon_as_they_are_made(pages: EventPages) -> None:
    event_id = pages.states.events["open"].id
    image = await add_stored_image(pages, event_id)
    await open_event(pages)
    made = stored_image(has_thumbnails=True).thumbnails
    async with pages.container.media() as uow:
        album = await uow.albums.get_for_update(event_id)
        await uow.albums.save(album.with_thumbnails(image.id, made))
        await uow.commit()
    [photo] = (await open_event(pages)).select(".event-picture img")
    assert photo["src"] == made[Thumbnail.CARD].path


async def test_several_images_are_a_gallery(pages: EventPages, image: Image) -> None:
    assert (await open_event(pages)).select(".gallery") == []
    other = await add_stored_image(pages, pages.states.events["open"].id)
    shown = (await open_event(pages)).select(".gallery a")
    assert [link["href"] for link in shown] == [image.picture.path, other.picture.path]
    assert [link.img["alt"] for link in shown if link.img] == ["A stage", "Picture 2 of 2"]


async def test_cards_show_the_photo_and_others_their_posters(pages: EventPages, image: Image) -> None:
    page = BeautifulSoup(await (await pages.get("/")).text(), "lxml")
    [photo] = page.select(".card-picture.is-photo img")
    assert (photo["src"], photo["alt"]) == (image.thumbnails[Thumbnail.CARD].path, "")
    assert len(page.select(".card-picture:not(.is-photo) img[src*='poster.svg']")) > 1


async def test_feeds_have_the_picture(pages: EventPages, image: Image) -> None:
    wide = image.thumbnails[Thumbnail.WIDE].path
    atom = await (await pages.get("/feeds/events.atom")).text()
    assert re.search(rf'<link rel="enclosure" type="image/jpeg" href="https?://[^"]+{re.escape(wide)}" />', atom)
    for path in ("/feeds/events.ics", f"/events/{pages.states.events['open'].id}.ics"):
        lines = (await (await pages.get(path)).text()).replace("\r\n ", "")
        [found] = re.findall(r"^IMAGE;.*$", lines, re.MULTILINE)
        assert "VALUE=URI" in found
        assert found.strip().endswith(wide)
