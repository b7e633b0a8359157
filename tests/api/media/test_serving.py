"""Serving pictures: for ever, in parts, and never as a page."""

from __future__ import annotations

import pytest
from aiohttp import ClientResponse

from core.shared.images import Image
from tests.support.api_client import Api, create_event
from tests.support.pictures import add_stored_image

CONTENT = b"whole"


@pytest.fixture
async def image(api: Api) -> Image:
    event = await create_event(await api.sign_in_organizer(), status="inactive")
    return await add_stored_image(api, event["id"])


async def get(api: Api, image: Image, **headers: str) -> ClientResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.anonymous.request("GET", image.picture.path, sent)


async def test_a_picture_is_kept_for_ever_and_is_never_a_page(api: Api, image: Image) -> None:
    answer = await get(api, image)
    assert (answer.status, await answer.read()) == (200, CONTENT)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    head = await api.anonymous.request("HEAD", image.picture.path)
    assert (head.status, head.headers["Content-Length"], await head.read()) == (200, "5", b"")


HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Length": "5",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Type": "image/jpeg",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


async def test_who_has_it_does_not_get_it_again(api: Api, image: Image) -> None:
    tag = (await get(api, image)).headers["ETag"]
    assert not tag.startswith("W/")
    known = await get(api, image, If_None_Match=tag)
    assert (known.status, await known.read(), known.headers["ETag"]) == (304, b"", tag)
    assert known.headers["Cache-Control"] == HEADERS["Cache-Control"]
    assert (await get(api, image, If_None_Match='"another"')).status == 200


@pytest.mark.parametrize(
    ("asked", "part", "content"),
    [
        ("bytes=0-1", "bytes 0-1/5", b"wh"),
        ("bytes=1-", "bytes 1-4/5", b"hole"),
        ("bytes=4-99", "bytes 4-4/5", b"e"),
        ("bytes=-2", "bytes 3-4/5", b"le"),
    ],
)
async def test_a_part_is_served_alone(api: Api, image: Image, asked: str, part: str, content: bytes) -> None:
    answer = await get(api, image, Range=asked)
    assert (answer.status, await answer.read()) == (206, content)
    assert (answer.headers["Content-Range"], answer.headers["Content-Length"]) == (part, str(len(content)))


@pytest.mark.parametrize(
    "asked", ["bytes=0-", "bytes=-99", "bytes=0-4", "bytes=3-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2"]
)
async def test_the_whole_is_served_for_a_range_that_is_all_of_it_or_none_that_is_known(
    api: Api, image: Image, asked: str
) -> None:
    answer = await get(api, image, Range=asked)
    assert (answer.status, await answer.read()) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=5-", "bytes=9-10", "bytes=-0"])
async def test_a_part_beyond_the_end_is_refused(api: Api, image: Image, asked: str) -> None:
    answer = await get(api, image, Range=asked)
    assert (answer.status, (await answer.json())["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == "bytes */5"


async def test_a_range_on_condition_of_another_content_gets_the_whole(api: Api, image: Image) -> None:
    tag = (await get(api, image)).headers["ETag"]
    assert (await get(api, image, Range="bytes=0-1", If_Range=tag)).status == 206
    assert (await get(api, image, Range="bytes=0-1", If_Range='"another"')).status == 200


@pytest.mark.parametrize(
    "name", ["a.jpg", "..%2f..%2fjwt-secret", f"{'0' * 32}-full-{'0' * 32}.jpg", "", f"{'0' * 32}-full-{'0' * 32}.svg"]
)
async def test_what_is_no_picture_is_not_found(api: Api, name: str) -> None:
    assert (await api.anonymous.get(f"/media/{name}")).status == 404
