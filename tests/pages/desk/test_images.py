"""The images of an event on the desk, without scripts: nothing that was accepted or typed is lost."""

from __future__ import annotations

import pytest

from tests.support.api_client import Api, Person, create_event
from tests.support.form_browser import FormBrowser, SeenPage
from tests.support.pictures import PIXEL, add_stored_image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
async def event_id(otto: Person) -> str:
    return str((await create_event(otto))["id"])


@pytest.fixture
def address(event_id: str) -> str:
    return f"/desk/events/{event_id}/images"


def texts(page: SeenPage) -> list[str]:
    return [str(field["value"]) for field in page.document.select("[data-album] input[maxlength]")]


def ids(page: SeenPage) -> list[str]:
    return [str(item["data-image"]) for item in page.document.select("[data-album] > li")]


async def test_each_file_is_added_or_refused_by_itself(browser: FormBrowser, address: str) -> None:
    page = await browser.open(address)
    assert "No images yet" in page.text
    sent = {"alt-1": "A bright pixel", "alt-2": "No picture at all", "alt-3": ""}
    answer = await browser.upload(page, "Add images", "", sent, **{"image-1": PIXEL, "image-2": SVG, "image-3": PIXEL})
    assert answer.status == 422
    assert "1 image added." in answer.text
    assert texts(answer) == ["A bright pixel"]
    errors = {name: answer.document.select_one(f"#{name}-error") for name in ("image-1", "image-2", "image-3", "alt-3")}
    found = {name: error.get_text() for name, error in errors.items() if error}
    assert found == {
        "image-2": "image-2 was not added. This is not a JPEG, PNG or WebP, whatever its name says.",
        "image-3": "image-3 was not added. Choose it again.",
        "alt-3": "Say in a few words what the image shows.",
    }
    assert answer.field("alt-1")["value"] == ""
    assert answer.field("alt-2")["value"] == "No picture at all"


async def test_an_accepted_image_is_confirmed(browser: FormBrowser, address: str) -> None:
    page = await browser.upload(
        await browser.open(address), "Add images", "", {"alt-2": "A bright pixel"}, **{"image-2": PIXEL}
    )
    assert (page.status, page.path, texts(page)) == (200, address, ["A bright pixel"])
    assert "1 image added." in page.document.get_text()


@pytest.mark.parametrize(
    ("alt", "error"),
    [("", "Choose a picture first."), ("A stage", "Choose the picture that this text belongs to.")],
)
async def test_a_form_without_a_file_says_so(browser: FormBrowser, address: str, alt: str, error: str) -> None:
    answer = await browser.upload(await browser.open(address), "Add images", "", {"alt-1": alt})
    assert answer.status == 422
    assert error in answer.text
    assert answer.field("alt-1")["value"] == alt


async def test_images_are_moved_by_buttons(browser: FormBrowser, api: Api, event_id: str, address: str) -> None:
    first, second, third = [str((await add_stored_image(api, event_id)).id) for _ in range(3)]
    page = await browser.open(address)
    assert ids(page) == [first, second, third]
    page = await browser.submit(page, "Later")  # the button of the first one
    assert ids(page) == [second, first, third]
    buttons = page.document.select("button[name=to]")
    assert [button.has_attr("disabled") for button in buttons] == [True, False, False, False, False, True]
    form = {"csrf_token": str(page.document.select("[name=csrf_token]")[-1]["value"]), "image": third}
    answer = await browser.post(f"{address}/order", form, {"Sec-Fetch-Site": "same-origin"})
    assert "The images had changed meanwhile" in answer.document.get_text()


async def test_a_text_is_needed_and_saved(browser: FormBrowser, api: Api, event_id: str, address: str) -> None:
    image = await add_stored_image(api, event_id, alt="A stage")
    page, name = await browser.open(address), f"alt-{image.id}"
    refused = await browser.submit(page, "Save text", **{name: " "})
    assert (refused.status, texts(refused)) == (422, [" "])
    assert "Say in a few words what the image shows." in refused.text
    saved = await browser.submit(page, "Save text", **{name: "A stage at night"})
    assert texts(saved) == ["A stage at night"]


async def test_an_image_is_deleted_after_a_question(
    browser: FormBrowser, api: Api, event_id: str, address: str
) -> None:
    image = await add_stored_image(api, event_id, alt="A stage")
    question = await browser.open(f"{address}/{image.id}/delete")
    assert "Deleting can't be undone" in question.text
    page = await browser.submit(question, "Delete the image")
    assert "No images yet" in page.text
    assert (await browser.open(f"{address}/{image.id}/delete")).status == 404


async def test_a_full_album_takes_no_more(browser: FormBrowser, api: Api, event_id: str, address: str) -> None:
    for _ in range(20):
        await add_stored_image(api, event_id)
    page = await browser.open(address)
    assert "An event may have 20 images. Delete one to add another." in page.text
    assert page.document.select("[data-upload]") == []


async def test_others_dont_see_the_images_of_an_event(browser: FormBrowser, api: Api) -> None:
    olga = await api.sign_in_organizer("olga")
    foreign = (await create_event(olga))["id"]
    assert (await browser.open(f"/desk/events/{foreign}/images")).status == 403
