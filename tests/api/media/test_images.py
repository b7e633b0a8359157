"""Images of events over HTTP (C6): uploading, describing, ordering and deleting them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData

from adapters.http.api.media.uploads import MAX_BODY_BYTES
from core.media.model import MAX_IMAGE_BYTES
from core.shared.access import Role
from core.shared.images import Thumbnail
from core.shared.jobs import MAKE_THUMBNAILS
from tests.support.api_client import UNKNOWN_ID, Api, Person, assert_refused, book, create_event
from tests.support.pictures import PIXEL, add_stored_image, form_with_images, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
async def otto(api: Api) -> Person:
    return await api.sign_in_organizer()


@pytest.fixture
async def path(otto: Person) -> str:
    return f"/api/events/{(await create_event(otto))['id']}/images"


async def upload(person: Person, path: str, *contents: bytes, **options: Any) -> Any:
    return await person.request("POST", path, data=form_with_images(*contents, **options))


async def images_of(person: Person, path: str) -> list[dict[str, Any]]:
    event = await (await person.get(path.removesuffix("/images"))).json()
    images: list[dict[str, Any]] = event["images"]
    return images


async def test_images_are_added_with_their_texts_and_shown_in_the_event(otto: Person, path: str) -> None:
    before = (await otto.get(path.removesuffix("/images"))).headers["ETag"]
    answer = await upload(otto, path, picture(), PIXEL, alts=["A stage"])
    assert answer.status == 201
    items = (await answer.json())["items"]
    assert [(each["alt"], each["width"], each["height"]) for each in items] == [("A stage", 320, 200), ("", 1, 1)]
    assert await images_of(otto, path) == items
    # An edit of what was read before is refused now.
    stale = await otto.patch(path.removesuffix("/images"), {"name": "Renamed"}, If_Match=before)
    assert stale.status == 412
    served = await otto.get(items[0]["url"])
    assert (served.status, served.headers["Content-Type"]) == (200, "image/jpeg")


async def test_the_job_makes_thumbnails(api: Api, otto: Person, path: str) -> None:
    [image] = (await (await upload(otto, path, picture((1600, 900)))).json())["items"]
    assert image["thumbnails"] == {}
    [job] = [each.job for each in api.container.memory().jobs if each.job.task == MAKE_THUMBNAILS]
    assert job.arguments["image"] == image["id"]
    [event] = api.container.memory().events
    [stored] = api.container.memory().images.get(event.id) or ()
    await api.container.make_thumbnails()(event.id, stored.id)
    [shown] = await images_of(otto, path)
    assert shown["thumbnails"].keys() == set(Thumbnail)
    card = shown["thumbnails"]["card"]
    assert (card["width"], card["height"]) == (640, 360)
    assert (await otto.get(card["url"])).headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    [
        (SVG, 415, "unsupported-image"),
        (bytes(MAX_IMAGE_BYTES + 1), 413, "image-too-large"),
        (picture()[:-200], 422, "damaged-image"),
    ],
)
async def test_one_bad_file_keeps_all_from_being_added_and_is_named(
    otto: Person, path: str, bad: bytes, status: int, code: str
) -> None:
    refused = await upload(otto, path, PIXEL, bad)
    body = await refused.json()
    assert (refused.status, body["code"]) == (status, code)
    assert (body["file"], body["index"]) == ("picture-2.png", 1)
    assert await images_of(otto, path) == []


async def test_an_event_has_a_limited_number_of_images(api: Api, otto: Person, path: str) -> None:
    for _ in range(20):
        await add_stored_image(api, path.split("/")[3])
    await assert_refused(await upload(otto, path, SVG), 409, "too-many-images")


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(otto: Person, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", otto.client.port)
    head = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {otto.token}",
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(MAX_BODY_BYTES + 1),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    answer = await reader.readuntil(b"\r\n")
    writer.close()
    assert b" 413 " in answer


async def test_a_body_that_turns_out_to_be_too_large_is_not_read_to_its_end(otto: Person, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
        while True:
            sent += 1
            yield bytes(1024**2)

    refused = await otto.request("POST", path, {"Content-Type": "multipart/form-data; boundary=x"}, data=endless())
    assert (refused.status, (await refused.json())["code"]) == (413, "image-too-large")
    assert sent < 20


async def test_what_comes_before_the_first_part_is_hardly_read(otto: Person, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(1024**2)

    refused = await otto.request("POST", path, {"Content-Type": "multipart/form-data; boundary=x"}, data=endless())
    assert (refused.status, (await refused.json())["code"]) == (400, "bad-body")
    assert sent < 20


@pytest.mark.parametrize(
    ("content_type", "body", "refusal"),
    [
        ("application/json", b"{}", (415, "unsupported-media-type")),
        ("image/png", PIXEL, (415, "unsupported-media-type")),
        ("multipart/form-data", b"--x--", (400, "bad-body")),
        ("multipart/form-data; boundary=x", b"", (400, "bad-body")),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data", (400, "bad-body")),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 1000, (400, "bad-body")),
        ("multipart/form-data; boundary=x", b"--x--\r\n", (422, "invalid-fields")),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="images"; filename=""\r\n\r\n\r\n--x--',
            (422, "invalid-fields"),
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\na\r\n--x--',
            (422, "invalid-fields"),
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="alt"\r\n\r\n\r\n' * 51,
            (413, "body-too-large"),
        ),
    ],
)
async def test_what_is_no_form_with_images_is_refused(
    otto: Person, path: str, content_type: str, body: bytes, refusal: tuple[int, str]
) -> None:
    refused = await otto.request("POST", path, {"Content-Type": content_type}, data=body)
    assert (refused.status, (await refused.json())["code"]) == refusal


async def test_a_text_that_is_too_long_is_refused(otto: Person, path: str) -> None:
    refused = await upload(otto, path, PIXEL, alts=["x" * 301])
    assert (refused.status, list((await refused.json())["errors"])) == (422, ["alt"])


async def test_a_text_may_come_after_its_file(otto: Person, path: str) -> None:
    form = FormData()
    form.add_field("images", PIXEL, filename="a.png")
    form.add_field("alt", "A pixel")
    [image] = (await (await otto.request("POST", path, data=form)).json())["items"]
    assert image["alt"] == "A pixel"


async def test_images_are_described_ordered_and_deleted(api: Api, otto: Person, path: str) -> None:
    event_id = path.split("/")[3]
    first, second, third = [str((await add_stored_image(api, event_id)).id) for _ in range(3)]
    described = await otto.patch(f"{path}/{second}", {"alt": "A stage\nat night"})
    assert described.status == 422, "a text has one line"
    described = await otto.patch(f"{path}/{second}", {"alt": "A stage at night"})
    assert (described.status, (await described.json())["alt"]) == (200, "A stage at night")
    ordered = await otto.request("PUT", f"{path}/order", json={"image_ids": [third, second, first]})
    assert [each["id"] for each in (await ordered.json())["items"]] == [third, second, first]
    await assert_refused(
        await otto.request("PUT", f"{path}/order", json={"image_ids": [third, second]}), 409, "images-changed"
    )
    assert (await otto.delete(f"{path}/{third}")).status == 204
    assert (await otto.request("DELETE", path, json={"image_id": second})).status == 204
    assert [each["id"] for each in await images_of(otto, path)] == [first]
    assert (await otto.delete(f"{path}/{third}")).status == 204, "idempotent"
    await assert_refused(await otto.patch(f"{path}/{third}", {"alt": "gone"}), 404, "image-not-found")


async def test_deleted_images_and_events_take_their_files_along(api: Api, otto: Person, path: str) -> None:
    image = (await (await upload(otto, path, PIXEL, picture())).json())["items"][0]
    await otto.delete(f"{path}/{image['id']}")
    await api.container.delete_unused_pictures()()
    await assert_refused(await otto.get(image["url"]), 404, "picture-not-found")
    assert (await otto.delete(path.removesuffix("/images"))).status == 204
    await api.container.delete_unused_pictures()()
    assert api.container.storage().files == {}  # type: ignore[attr-defined]


async def test_others_may_not_add_images_and_learn_nothing_of_hidden_events(api: Api, otto: Person, path: str) -> None:
    olga, event = await api.sign_in_organizer("olga"), path.removesuffix("/images")
    await assert_refused(await upload(olga, path, SVG), 403, "forbidden")
    await otto.patch(event, {"status": "inactive"})
    await assert_refused(await upload(olga, path, SVG), 404, "event-not-found")
    assert (await upload(await api.sign_in("root", Role.ADMIN), path, PIXEL)).status == 201
    unknown = path.replace(event.split("/")[3], UNKNOWN_ID)
    await assert_refused(await upload(olga, unknown, PIXEL), 404, "event-not-found")


async def test_lists_show_images_and_bookings_do_not_change_them(api: Api, otto: Person, path: str) -> None:
    image = await add_stored_image(api, path.split("/")[3], alt="A stage", has_thumbnails=True)
    await book(await api.sign_in("ada"), path.split("/")[3])
    [event] = (await (await api.anonymous.get("/api/events")).json())["items"]
    assert [each["url"] for each in event["images"]] == [image.picture.path]
    assert event["images"][0]["thumbnails"]["1x1"]["url"] == image.thumbnails[Thumbnail.SQUARE].path
