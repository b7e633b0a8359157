"""The images of an event: uploading, describing, ordering and deleting them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.api.media.schemas import ImagePath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import IMAGES, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.media.errors import ImageNotFound, ImagesChanged
from core.media.model import MAX_ALT_LENGTH, MAX_IMAGE_BYTES, MAX_IMAGES_PER_EVENT, Upload, check_alt
from core.media.ports import Uploads
from core.shared.errors import Conflict, Invalid, InvalidFields, Unavailable
from core.shared.ids import EventId, ImageId
from core.shared.images import Image
from core.shared.text import count_of, is_visible

ROWS = 3
"""How many files the form takes at a time. With scripts, any number of files is sent one after the other."""
MAX_FORM_BYTES = ROWS * MAX_IMAGE_BYTES + 64 * 1024
NO_ALT = "Say in a few words what the image shows."


@dataclass(frozen=True, slots=True)
class ChosenImage(Uploads):
    """One file of the form, with its text."""

    file: Upload
    alt: str

    async def __aiter__(self) -> AsyncIterator[Upload]:
        yield self.file

    def alt_of(self, index: int) -> str:
        return self.alt


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_images(request: web.Request) -> web.Response:
    """Show the images in their order, and the form for more."""
    return await _images_page(request, Form(), {})


@page(Audience.ORGANIZER, max_form_bytes=MAX_FORM_BYTES)
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(EventPath)
async def upload(request: web.Request) -> web.Response:
    """Add the files of the form, each by itself: one that is refused does not keep the others from being added."""
    sent, errors, added = form(request), Errors(), 0
    for row in range(1, ROWS + 1):
        if found := await _add(request, row):
            errors |= found
        elif f"image-{row}" in sent.files:
            added += 1
    if not added and not errors:
        errors["image-1"] = ["Choose a picture first."]
    notice = f"{count_of(added, 'image')} added." if added else None
    if errors:
        return await _images_page(request, sent, errors, added=notice)
    return see_other(request, f"{event_address(event_id_of(request), 'images')}#images", notice)


@page(Audience.ORGANIZER)
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(ImagePath)
async def describe(request: web.Request) -> web.Response:
    """Save the text of an image."""
    path, sent = get_input(request, ImagePath), form(request)
    name = f"alt-{path.image_id}"
    try:
        alt = _read_alt(sent, name)
        await use_cases(request).media.describe_image(path.event_id, path.image_id, by=principal(request), alt=alt)
    except InvalidFields as refusal:
        return await _images_page(request, sent, refusal.errors)
    return see_other(request, _address_of(path.event_id, path.image_id), "The text is saved.")


@page(Audience.ORGANIZER)
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(ImagePath)
async def move(request: web.Request) -> web.Response:
    """Move an image one place to the front or to the back."""
    path = get_input(request, ImagePath)
    order = [image.id for image in await _read_images(request, path.event_id)]
    if path.image_id in order:
        at = order.index(path.image_id)
        step = 1 if form(request).text("to") == "later" else -1
        order.insert(max(0, at + step), order.pop(at))
    return await _reorder(request, path.event_id, order, f"#image-{path.image_id}")


@page(Audience.ORGANIZER)
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(EventPath)
async def reorder(request: web.Request) -> web.Response:
    """Put the images into the order of the ids, which a script sends after one was dragged."""
    try:
        order = [ImageId(UUID(each)) for each in form(request).all("image")]
    except ValueError:
        order = []
    return await _reorder(request, event_id_of(request), order, "#images")


@page(Audience.ORGANIZER)
@match_info_schema(ImagePath)
async def show_delete(request: web.Request) -> web.Response:
    """Ask whether an image should be deleted."""
    path = get_input(request, ImagePath)
    event = await use_cases(request).managing.read_event(path.event_id, by=principal(request))
    image = next((each for each in await _read_images(request, path.event_id) if each.id == path.image_id), None)
    if image is None:
        raise ImageNotFound("The event has no such image. It may have been deleted.")
    return page_response(request, "desk/image-delete.html", event=event, image=image)


@page(Audience.ORGANIZER)
@rate_limit(IMAGES)
@changes_public_lists
@match_info_schema(ImagePath)
async def delete(request: web.Request) -> web.Response:
    """Delete an image."""
    path = get_input(request, ImagePath)
    await use_cases(request).media.delete_image(path.event_id, path.image_id, by=principal(request))
    return see_other(request, event_address(path.event_id, "images"), "The image is deleted.")


async def _add(request: web.Request, row: int) -> Errors:
    """Add the file of a row, if there is one. Return what is wrong with it, or with its text."""
    sent, file_field, alt_field = form(request), f"image-{row}", f"alt-{row}"
    chosen = sent.files.get(file_field)
    if chosen is None:
        has_text = is_visible(sent.text(alt_field))
        return {file_field: ["Choose the picture that this text belongs to."]} if has_text else {}
    try:
        image = ChosenImage(Upload(chosen.name, chosen.content), _read_alt(sent, alt_field))
        await use_cases(request).media.add_images(event_id_of(request), by=principal(request), uploads=image)
    except InvalidFields as refusal:
        return {**refusal.errors, file_field: [f"{_name_of(chosen.name)} was not added. Choose it again."]}
    except (Invalid, Conflict, Unavailable) as refusal:
        return {file_field: [f"{_name_of(chosen.name)} was not added. {refusal.detail}"]}
    return {}


def _read_alt(sent: Form, field: str) -> str:
    """Return the text for an image, which organizers have to write. Raises InvalidFields."""
    if not is_visible(sent.text(field)):
        raise InvalidFields({field: [NO_ALT]})
    return check_alt(sent.text(field), field)


def _name_of(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2][:60] or "The picture"


async def _reorder(request: web.Request, event_id: EventId, order: Sequence[ImageId], fragment: str) -> web.Response:
    address = f"{event_address(event_id, 'images')}{fragment}"
    try:
        await use_cases(request).media.reorder_images(event_id, by=principal(request), image_ids=order)
    except ImagesChanged:
        return see_other(request, address, "The images had changed meanwhile. Here is how they are now.")
    return see_other(request, address, "The order is saved.")


def _address_of(event_id: EventId, image_id: ImageId) -> str:
    return f"{event_address(event_id, 'images')}#image-{image_id}"


async def _read_images(request: web.Request, event_id: EventId) -> Sequence[Image]:
    return (await use_cases(request).catalog.read_event(event_id, viewer=principal(request))).images


async def _images_page(request: web.Request, sent: Form, errors: Errors, *, added: str | None = None) -> web.Response:
    event_id, by = _event_id_in_path(request), principal(request)
    event = await use_cases(request).managing.read_event(event_id, by=by)
    images = await _read_images(request, event_id)
    return page_response(
        request,
        "desk/images.html",
        status=422 if errors else 200,
        event=event,
        images=images,
        form=sent,
        errors=errors,
        added=added,
        rows=range(1, ROWS + 1),
        limits={"bytes": MAX_IMAGE_BYTES, "images": MAX_IMAGES_PER_EVENT, "alt": MAX_ALT_LENGTH},
    )


def _event_id_in_path(request: web.Request) -> EventId:
    """Return the event in the address of a page of an event, or of one of its images."""
    return EventId(UUID(request.match_info["event_id"]))


ROUTES = [
    web.get(f"{DESK}/events/{{event_id}}/images", show_images),
    web.post(f"{DESK}/events/{{event_id}}/images", upload),
    web.post(f"{DESK}/events/{{event_id}}/images/order", reorder),
    web.post(f"{DESK}/events/{{event_id}}/images/{{image_id}}/alt", describe),
    web.post(f"{DESK}/events/{{event_id}}/images/{{image_id}}/move", move),
    web.get(f"{DESK}/events/{{event_id}}/images/{{image_id}}/delete", show_delete),
    web.post(f"{DESK}/events/{{event_id}}/images/{{image_id}}/delete", delete),
]
